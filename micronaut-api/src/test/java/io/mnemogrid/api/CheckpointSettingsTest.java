package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.Spending;
import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Cost;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CheckpointSettingsTest {
  private static final String AUTHOR = "0x" + "aB".repeat(20);

  private static GridConfig config(
      String cap, long gas, String coin, long replaceAfter, @Nullable List<String> authors) {
    return new CheckpointSettings(
            7, new BigDecimal(cap), gas, new BigDecimal(coin), replaceAfter, authors)
        .applyTo(GridConfig.lite());
  }

  @Test
  void spendsWithinTheUsualBudgetUnlessToldOtherwise() {
    GridConfig config = config("200", 250_000_000, "0.25", 30, null);
    assertThat(config.spending()).isEqualTo(Spending.DEFAULT);
    assertThat(config("200", 0, "0", 30, null).spending().budget()).isEqualTo(Cost.UNLIMITED);
    assertThat(config.checkpointVersions()).isEqualTo(7);
    assertThat(config.checkpointEvery()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void readsGweiAndCoin() {
    assertThat(config("0.5", 1_000_000, "0.02", 60, List.of(" " + AUTHOR)).spending())
        .isEqualTo(
            new Spending(
                BigInteger.valueOf(500_000_000),
                new Cost(1_000_000, BigInteger.TEN.pow(16).multiply(BigInteger.TWO)),
                Duration.ofSeconds(60),
                Set.of(new Address("0x" + "ab".repeat(20)))));
  }

  @Test
  void saysWhichSettingMakesNoSense() {
    assertRefused("MAX_FEE_GWEI", () -> config("0", 0, "0", 30, null));
    assertRefused("MAX_FEE_GWEI", () -> config("0.0000000001", 0, "0", 30, null));
    assertRefused("BUDGET_GAS", () -> config("1", -1, "0", 30, null));
    assertRefused("BUDGET_COIN", () -> config("1", 0, "-1", 30, null));
    assertRefused("BUDGET_COIN", () -> config("1", 0, "1e60", 30, null));
    assertRefused("REPLACE_AFTER", () -> config("1", 0, "0", 0, null));
    assertRefused("AUTHORS", () -> config("1", 0, "0", 30, List.of("me")));
  }

  private static void assertRefused(String setting, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("MNEMOGRID_CHECKPOINT_" + setting);
  }
}
