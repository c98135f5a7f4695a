package io.mnemogrid.chain;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * What a transaction may cost, in wei for one gas: twice the base fee of the next block and a tip,
 * never above a cap. With the base fee above the cap nothing is signed until it has fallen.
 *
 * @param maxFeePerGasWei the cap of base fee and tip together
 * @param minTipPerGasWei tip when recent blocks paid less
 * @param maxTipPerGasWei tip when recent blocks paid more
 */
public record FeePolicy(
    BigInteger maxFeePerGasWei, BigInteger minTipPerGasWei, BigInteger maxTipPerGasWei) {
  private static final BigInteger GWEI = BigInteger.TEN.pow(9);

  /** A cap of 200 gwei, with a tip of 0.01 to 3 gwei. */
  public static final FeePolicy DEFAULT =
      new FeePolicy(
          BigInteger.valueOf(200).multiply(GWEI),
          GWEI.divide(BigInteger.valueOf(100)),
          BigInteger.valueOf(3).multiply(GWEI));

  public FeePolicy {
    if (minTipPerGasWei.signum() < 0
        || minTipPerGasWei.compareTo(maxTipPerGasWei) > 0
        || maxFeePerGasWei.signum() <= 0) {
      throw new IllegalArgumentException(
          "fees are 0 <= least tip <= greatest tip and a cap above 0, got "
              + List.of(minTipPerGasWei, maxTipPerGasWei, maxFeePerGasWei));
    }
  }

  /** The fee of one transaction, in wei for one gas: {@code tip <= max}. */
  record Fee(BigInteger max, BigInteger tip) {}

  /** What recent blocks say: the base fee of the next, and the tips they paid in the middle. */
  record Market(BigInteger baseFeePerGasWei, List<BigInteger> tips) {
    Market {
      tips = List.copyOf(tips);
    }
  }

  /** This policy with another cap. */
  public FeePolicy withMaxFeePerGas(BigInteger wei) {
    return new FeePolicy(wei, minTipPerGasWei.min(wei), maxTipPerGasWei.min(wei));
  }

  /** The fee for now; empty when the next block asks for more than the cap. */
  Optional<Fee> fee(Market market) {
    return market.baseFeePerGasWei.add(minTipPerGasWei).compareTo(maxFeePerGasWei) > 0
        ? Optional.empty()
        : Optional.of(fee(market.baseFeePerGasWei, market.tips));
  }

  /**
   * The fee that replaces {@code stuck}: a fifth more at least, as nodes ask for a tenth, and no
   * less than that for now; empty when it would be above the cap.
   */
  Optional<Fee> replacement(Fee stuck, Market market) {
    return fee(market)
        .map(usual ->
            new Fee(usual.max.max(fifthMore(stuck.max)), usual.tip.max(fifthMore(stuck.tip))))
        .filter(fee -> fee.max.compareTo(maxFeePerGasWei) <= 0);
  }

  private static BigInteger fifthMore(BigInteger wei) {
    return wei.multiply(BigInteger.valueOf(6))
        .add(BigInteger.valueOf(4))
        .divide(BigInteger.valueOf(5));
  }

  private Fee fee(BigInteger baseFeePerGasWei, List<BigInteger> tips) {
    List<BigInteger> sorted = tips.stream().sorted().toList();
    BigInteger usual = sorted.isEmpty() ? BigInteger.ZERO : sorted.get(sorted.size() / 2);
    BigInteger tip = usual.max(minTipPerGasWei).min(maxTipPerGasWei);
    BigInteger max = baseFeePerGasWei.shiftLeft(1).add(tip).min(maxFeePerGasWei);
    return new Fee(max, tip.min(max));
  }
}
