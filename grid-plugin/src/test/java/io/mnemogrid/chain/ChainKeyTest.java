package io.mnemogrid.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.Address;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChainKeyTest {
  // The second well-known account of every dev chain.
  static final String SECOND = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

  @Test
  void knowsItsAddress() {
    Address expected = new Address("0x70997970c51812dc3a010c7d01b50e0d17dc79c8");
    assertThat(ChainKey.parse(SECOND).address()).isEqualTo(expected);
    assertThat(ChainKey.parse(SECOND.substring(2).toUpperCase(java.util.Locale.ROOT)).address())
        .isEqualTo(expected);
  }

  @Test
  void neverShowsItself() {
    assertThat(ChainKey.parse(SECOND).toString())
        .isEqualTo("key of 0x70997970c51812dc3a010c7d01b50e0d17dc79c8");
    for (String bad :
        List.of("", "0x", SECOND + "0", "0x" + "0".repeat(64), "0x" + "f".repeat(64))) {
      assertThatThrownBy(() -> ChainKey.parse(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("a chain key is ");
    }
  }

  @Test
  void wellKnownKeyIsForLoopbackOnly() {
    for (String host :
        List.of("10.0.0.1", "example.org", "127.0.0.1.example.org", "0.0.0.0", "[::2]")) {
      assertThatThrownBy(() -> DevChain.key(URI.create("http://" + host + ":8545")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("loopback");
    }
  }
}
