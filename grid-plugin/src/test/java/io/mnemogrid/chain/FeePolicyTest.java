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
    return policy.fee(wei(base), LongStream.of(tips).mapToObj(FeePolicyTest::wei).toList());
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
  void staysBelowTheCapWhateverTheBaseFee() {
    assertThat(fee(1_000_000, 4)).isEqualTo(new FeePolicy.Fee(wei(100), wei(4)));
    assertThat(new FeePolicy(wei(3), wei(0), wei(9)).fee(wei(50), List.of(wei(9))))
        .isEqualTo(new FeePolicy.Fee(wei(3), wei(3)));
  }
}
