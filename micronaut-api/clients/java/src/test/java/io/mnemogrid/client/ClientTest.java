package io.mnemogrid.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client takes, and that its key goes nowhere else. */
class ClientTest {
  private static final String KEY = "mg_12345678_secret";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.evil.example:8080",
        "http://grid.example",
        "http://10.0.0.1:8080",
        "http://localhost.example:1"
      })
  void keepsItsKeyFromPlainHttpToOthers(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Client.builder("http://127.0.0.1:1", url).key(KEY).build())
        .withMessageContaining("plain HTTP")
        .withMessageNotContaining("secret");
    Client.builder(url).key(KEY).allowPlainHttp().build();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://[::1]:1",
        "https://a.example"
      })
  void sendsItsKeyToLoopbackAndByTls(String url) {
    Client.builder(url).key(KEY).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://a", "127.0.0.1:8080", "http://u:p@a", "http://a?b", "http://a#b"})
  void refusesWhatIsNoMember(String url) {
    assertThatIllegalArgumentException().isThrownBy(() -> Client.builder(url).build());
  }

  @Test
  void neverTellsItsKey() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Client.builder("http://127.0.0.1:1").key("mg_se\ncret").build())
        .withMessageNotContaining("cret\"")
        .withMessageNotContaining("mg_");
    try (FakeMember member =
        new FakeMember((request, exchange) -> exchange.problem(401, "key-unknown"))) {
      Client client = Client.builder(member.url()).key(KEY).build();
      assertThatThrownBy(() -> client.space("s"))
          .isInstanceOf(ProblemException.class)
          .hasMessageNotContaining("secret");
      assertThat(member.requests().get(0).headers())
          .containsEntry("authorization", "Bearer " + KEY);
      assertThat(client.toString()).doesNotContain("secret");
    }
  }

  @Test
  void refusesNamesThatAreNone() {
    Client client = Client.builder("http://127.0.0.1:1").build();
    assertThatIllegalArgumentException().isThrownBy(() -> client.existing("../keys"));
    assertThatIllegalArgumentException().isThrownBy(() -> new Delta().author("a b"));
    assertThatIllegalStateException()
        .isThrownBy(() -> client.existing("s").commit(new Delta().base(0).set("a", 1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Client.builder("http://a").timeout(Duration.ZERO));
  }

  @Test
  void makesIdsInTheOrderOfTime() {
    UUID id = UUID.fromString(Ids.next());
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(id.getMostSignificantBits() >>> 16)
        .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis());
  }
}
