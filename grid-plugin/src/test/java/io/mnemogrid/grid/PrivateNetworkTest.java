package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateNetworkTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.8.0.3",
        "::1",
        "10.0.0.5",
        "172.16.0.1",
        "172.31.255.1",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "100.127.255.254",
        "fd00::5",
        "fe80::1"
      })
  void whatTheWorldDoesNotReachIsPrivate(String host) {
    assertThat(PrivateNetwork.contains(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "::",
        "8.8.8.8",
        "172.32.0.1",
        "100.63.255.1",
        "100.128.0.1",
        "2001:db8::1"
      })
  void whatItMayReachIsNot(String host) {
    assertThat(PrivateNetwork.contains(host)).isFalse();
  }
}
