package io.mnemogrid.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.mnemogrid.state.Json;
import org.junit.jupiter.api.Test;

/** Objects written around canonical text. */
class ObjectTextTest {
  @Test
  void writesCanonicalText() {
    String text =
        new ObjectText().member("a", 1).member("b", "[1,2]").member("c", Json.of("x")).toString();
    assertThat(Json.parseCanonical(text).canonical())
        .isEqualTo("{\"a\":1,\"b\":[1,2],\"c\":\"x\"}");
    assertThat(new ObjectText().toString()).isEqualTo("{}");
  }

  @Test
  void refusesNamesOutOfOrder() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ObjectText().member("b", 1).member("a", 1));
  }
}
