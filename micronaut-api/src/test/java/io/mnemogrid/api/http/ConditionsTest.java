package io.mnemogrid.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.http.HttpRequest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the headers Prefer and If-None-Match are understood as. */
class ConditionsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "return=minimal",
        "Return=MINIMAL",
        "redact, return=minimal",
        "wait=1;x=y,return = \"minimal\";foo",
        ",,return=minimal,"
      })
  void findsAPreferenceInAList(String line) {
    assertThat(Conditions.prefersMinimal(HttpRequest.GET("/").header("Prefer", line))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "return=minimalist",
        "return=minima",
        "x;return=minimal",
        "return=representation"
      })
  void takesNothingElseForIt(String line) {
    assertThat(Conditions.prefersMinimal(HttpRequest.GET("/").header("Prefer", line))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"1.a\"", "W/\"1.a\"", "\"0.b\" , \"1.a\"", "*"})
  void knowsATag(String line) {
    HttpRequest<?> request = HttpRequest.GET("/").header("If-None-Match", line);
    assertThat(Conditions.isKnown(request, "\"1.a\"")).isTrue();
    assertThat(Conditions.isKnown(request, "\"1.c\"")).isEqualTo(line.equals("*"));
  }
}
