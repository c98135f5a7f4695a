package io.mnemogrid.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashTest {
  private static final String ABC =
      "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  /** FIPS 180-4, the samples of NIST. */
  @Test
  void isSha256() {
    assertThat(Hash.OF_NOTHING)
        .hasToString("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assertThat(Hash.sha256("abc")).hasToString(ABC);
    assertThat(Hash.sha256(new byte[] {'x', 'a', 'b', 'c', 'x'}, 1, 3)).hasToString(ABC);
    assertThat(Hash.sha256((byte) 'a', new byte[] {'b', 'c'})).hasToString(ABC);
    byte[] pair = new byte[66];
    pair[0] = 1;
    pair[1] = (byte) 200;
    Hash.sha256("l").writeTo(pair, 2);
    Hash.sha256("r").writeTo(pair, 34);
    assertThat(Hash.ofPair((byte) 1, (byte) 200, Hash.sha256("l"), Hash.sha256("r")))
        .isEqualTo(Hash.sha256(pair));
    byte[] shorter = new byte[65];
    shorter[0] = 1;
    System.arraycopy(pair, 2, shorter, 1, 64);
    assertThat(Hash.ofPair((byte) 1, Hash.sha256("l"), Hash.sha256("r")))
        .isEqualTo(Hash.sha256(shorter));
  }

  @Test
  void readsWhatItWrites() {
    assertThat(Hash.parse(ABC)).isEqualTo(Hash.sha256("abc")).hasToString(ABC);
    assertThat(Hash.of(Hash.parse(ABC).toBytes())).isEqualTo(Hash.parse(ABC));
    assertThat(Hash.ZERO.toBytes()).isEqualTo(new byte[32]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0x",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
        "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015",
        "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad00",
        "0XBA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "0xBA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "0xga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "0x+a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        " 0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a"
      })
  void refusesEveryOtherSpelling(String text) {
    assertThatThrownBy(() -> Hash.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesEveryOtherLength() {
    for (int length : new int[] {0, 31, 33, 64}) {
      assertThatThrownBy(() -> Hash.of(new byte[length]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void knowsItsBitsAndItsOrderAsUnsignedBytes() {
    Random random = new Random(1);
    for (int round = 0; round < 2000; round++) {
      byte[] one = new byte[32];
      random.nextBytes(one);
      byte[] other = one.clone();
      if (round % 5 != 0) {
        other[random.nextInt(32)] ^= (byte) (1 << random.nextInt(8));
      }
      Hash a = Hash.of(one);
      Hash b = Hash.of(other);
      int index = random.nextInt(256);
      assertThat(a.bit(index)).isEqualTo(one[index / 8] >> (7 - index % 8) & 1);
      BigInteger difference = new BigInteger(1, one).xor(new BigInteger(1, other));
      assertThat(a.firstDifference(b)).isEqualTo(256 - difference.bitLength());
      assertThat(Integer.signum(a.compareTo(b)))
          .isEqualTo(Integer.signum(Arrays.compareUnsigned(one, other)));
      assertThat(a.equals(b)).isEqualTo(Arrays.equals(one, other));
    }
  }
}
