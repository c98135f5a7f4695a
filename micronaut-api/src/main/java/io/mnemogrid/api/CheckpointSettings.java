package io.mnemogrid.api;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.Spending;
import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Cost;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * When checkpoints are due and what they may cost; {@code MNEMOGRID_CHECKPOINT_BUDGET_GAS} is
 * {@code budgetGas}, and so on.
 *
 * @param versions a checkpoint is due after so many new versions once a quarter of the interval has
 *     passed
 * @param maxFeeGwei nothing is signed while a block asks for more for one gas
 * @param budgetGas of 24 hours; 0 for none
 * @param budgetCoin of 24 hours, in the chain's coin; 0 for none
 * @param replaceAfter seconds after which a transaction that waits is replaced with a higher fee
 * @param authors addresses whose checkpoints are sent; empty for that of the own key alone
 */
@ConfigurationProperties("mnemogrid.checkpoint")
record CheckpointSettings(
    long versions,
    BigDecimal maxFeeGwei,
    long budgetGas,
    BigDecimal budgetCoin,
    long replaceAfter,
    @Nullable List<String> authors) {
  private static final int GWEI_DIGITS = 9;
  private static final int COIN_DIGITS = 18;

  /**
   * The config with these settings.
   *
   * @throws IllegalStateException in one sentence, when a setting makes no sense
   */
  GridConfig applyTo(GridConfig config) {
    if (versions < 1) {
      throw new IllegalStateException(
          "MNEMOGRID_CHECKPOINT_VERSIONS is at least 1, got " + versions);
    }
    if (replaceAfter < 1) {
      throw new IllegalStateException(
          "MNEMOGRID_CHECKPOINT_REPLACE_AFTER is at least 1 second, got " + replaceAfter);
    }
    BigInteger cap = units("MNEMOGRID_CHECKPOINT_MAX_FEE_GWEI", maxFeeGwei, GWEI_DIGITS);
    if (cap.signum() == 0) {
      throw new IllegalStateException("MNEMOGRID_CHECKPOINT_MAX_FEE_GWEI is above 0");
    }
    if (budgetGas < 0) {
      throw new IllegalStateException(
          "MNEMOGRID_CHECKPOINT_BUDGET_GAS is not below 0, got " + budgetGas);
    }
    BigInteger coin = units("MNEMOGRID_CHECKPOINT_BUDGET_COIN", budgetCoin, COIN_DIGITS);
    Cost budget =
        new Cost(
            budgetGas == 0 ? Cost.UNLIMITED.gas() : budgetGas,
            coin.signum() == 0 ? Cost.UNLIMITED.wei() : coin);
    return config
        .withCheckpoints(config.checkpointEvery(), versions)
        .withSpending(new Spending(cap, budget, Duration.ofSeconds(replaceAfter), trusted()));
  }

  private static BigInteger units(String name, BigDecimal value, int digits) {
    try {
      BigInteger units = value.movePointRight(digits).toBigIntegerExact();
      if (units.signum() >= 0 && units.bitLength() < 200) {
        return units;
      }
    } catch (ArithmeticException e) {
      // finer than the smallest unit
    }
    throw new IllegalStateException(
        "%s is a number from 0 with at most %d decimals, got %s".formatted(name, digits, value));
  }

  private Set<Address> trusted() {
    if (authors == null) {
      return Set.of();
    }
    try {
      return authors.stream()
          .filter(author -> !author.isBlank())
          .map(author -> new Address(author.strip().toLowerCase(Locale.ROOT)))
          .collect(Collectors.toSet());
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "MNEMOGRID_CHECKPOINT_AUTHORS is a list of addresses, 0x and 40 hex digits each", e);
    }
  }
}
