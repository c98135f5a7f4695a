package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.state.Hash;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentAddressTest {
  private static final String NOTHING =
      "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

  /** Made by hand with sha256sum and base32 (RFC 4648 §6) behind the bytes 01 55 12 20. */
  @Test
  void isTheCidOfARawBlock() {
    assertThat(ContentAddress.of(new byte[0])).hasToString(NOTHING);
    assertThat(ContentAddress.of("hello world".getBytes(StandardCharsets.UTF_8)))
        .hasToString("ipfs://bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
  }

  @Test
  void readsWhatItWrites() {
    Random random = new Random(1);
    for (int round = 0; round < 500; round++) {
      byte[] bytes = new byte[32];
      random.nextBytes(bytes);
      ContentAddress address = new ContentAddress(Hash.of(bytes));
      assertThat(address.toString()).hasSize(66).matches("ipfs://b[a-z2-7]{58}");
      assertThat(ContentAddress.parse(address.toString())).isEqualTo(address);
      assertThat(ContentAddress.parse(address.toString().substring(7))).isEqualTo(address);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ipfs://",
        "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyk",
        "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykua",
        "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyk0",
        "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku/",
        "ipfs://BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU",
        "IPFS://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "https://afkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "ipfs://zafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "ipfs://bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", // dag-pb, not raw
        "ipfs://bafkr2ihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", // another hash
        "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykv" // bits past the end
      })
  void refusesEveryOtherSpelling(String text) {
    assertThatThrownBy(() -> ContentAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
