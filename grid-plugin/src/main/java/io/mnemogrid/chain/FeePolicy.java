package io.mnemogrid.chain;

import java.math.BigInteger;
import java.util.List;

/**
 * What a transaction may cost, in wei for one gas: twice the base fee of the next block and a tip,
 * never above a cap. With the base fee above the cap a transaction waits until it has fallen.
 *
 * @param maxFeePerGasWei the cap of base fee and tip together
 * @param minTipPerGasWei tip when recent blocks paid less
 * @param maxTipPerGasWei tip when recent blocks paid more
 */
public record FeePolicy(
    BigInteger maxFeePerGasWei, BigInteger minTipPerGasWei, BigInteger maxTipPerGasWei) {
  private static final BigInteger GWEI = BigInteger.TEN.pow(9);

  /** At most 200 gwei, of which a tip of 0.01 to 3 gwei. */
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

  /**
   * The fee for a base fee of the next block and the tips that recent blocks paid in the middle.
   */
  Fee fee(BigInteger baseFeePerGasWei, List<BigInteger> tips) {
    List<BigInteger> sorted = tips.stream().sorted().toList();
    BigInteger usual = sorted.isEmpty() ? BigInteger.ZERO : sorted.get(sorted.size() / 2);
    BigInteger tip = usual.max(minTipPerGasWei).min(maxTipPerGasWei);
    BigInteger max = baseFeePerGasWei.shiftLeft(1).add(tip).min(maxFeePerGasWei);
    return new Fee(max, tip.min(max));
  }
}
