package io.mnemogrid.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FeePolicyTest {
  private final FeePolicy policy = new FeePolicy(wei(100), wei(2), wei(5));

  private static BigInteger wei(long value) {
    return BigInteger.valueOf(value);
  }

  private FeePolicy.Fee fee(long base, long... tips) {
    return policy.fee(market(base, tips)).orElseThrow();
  }

  private static FeePolicy.Market market(long base, long... tips) {
    return new FeePolicy.Market(
        wei(base), LongStream.of(tips).mapToObj(FeePolicyTest::wei).toList());
  }

  @Test
  void isTwiceTheBaseFeeAndTheMiddleTip() {
    assertThat(fee(10, 9, 3, 0)).isEqualTo(new FeePolicy.Fee(wei(23), wei(3)));
  }

  @Test
  void holdsTheTipWithinItsBounds() {
    assertThat(List.of(fee(10), fee(10, 0), fee(10, 99)))
        .extracting(FeePolicy.Fee::tip)
        .containsExactly(wei(2), wei(2), wei(5));
  }

  @Test
  void staysBelowTheCapAndWaitsAboveIt() {
    assertThat(fee(98, 4)).isEqualTo(new FeePolicy.Fee(wei(100), wei(4)));
    assertThat(policy.fee(market(99, 4))).isEmpty();
    assertThat(policy.withMaxFeePerGas(wei(1)).fee(market(0)).orElseThrow())
        .isEqualTo(new FeePolicy.Fee(wei(1), wei(1)));
  }

  @Test
  void aReplacementPaysAFifthMoreOrWhatIsUsualNow() {
    FeePolicy.Fee stuck = new FeePolicy.Fee(wei(23), wei(3));
    assertThat(policy.replacement(stuck, market(10, 3)))
        .contains(new FeePolicy.Fee(wei(28), wei(4)));
    assertThat(policy.replacement(stuck, market(30, 3)))
        .contains(new FeePolicy.Fee(wei(63), wei(4)));
    assertThat(policy.replacement(new FeePolicy.Fee(wei(84), wei(3)), market(10, 3)))
        .as("101 would be above the cap")
        .isEmpty();
    assertThat(policy.replacement(stuck, market(99, 3))).isEmpty();
  }
}
