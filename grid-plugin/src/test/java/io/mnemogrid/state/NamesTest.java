package io.mnemogrid.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Spaces, authors, update ids and times: the alphabets of FORMATS §2 and §4. */
class NamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "0", "daryl", "a.b_c-d", "0..", "a-"})
  void takesSpaceNames(String text) {
    assertThat(new SpaceName(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", ".a", "-a", "_a", "a b", "a/b", "é", "a\n", "a:b", "a@b"})
  void refusesOtherSpaceNames(String text) {
    assertThatThrownBy(() -> new SpaceName(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "telegram_eu_west", "A-Z.a_z:0@9", "-", ".", "@"})
  void takesAuthorsAndIds(String text) {
    assertThat(new Author(text)).hasToString(text);
    assertThat(new UpdateId(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "é", "a\n", "a\u0000", "a+b", "а"})
  void refusesOtherAuthorsAndIds(String text) {
    assertThatThrownBy(() -> new Author(text)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new UpdateId(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void limitsLengths() {
    assertThat(new SpaceName("a".repeat(64)).text()).hasSize(64);
    assertThatThrownBy(() -> new SpaceName("a".repeat(65)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new Author("a".repeat(128)).name()).hasSize(128);
    assertThatThrownBy(() -> new Author("a".repeat(129)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new UpdateId("a".repeat(129)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void comparesAuthorsAsBytes() {
    assertThat(new Author("B")).isLessThan(new Author("a"));
    assertThat(new Author("a")).isLessThan(new Author("aa"));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-02-05T19:00:50Z, 2026-02-05T19:00:50.000Z",
    "2026-02-05T19:00:50.1239Z, 2026-02-05T19:00:50.123Z",
    "2026-02-05T20:30:50.5+01:30, 2026-02-05T19:00:50.500Z",
    "1969-12-31T23:59:59.9999Z, 1969-12-31T23:59:59.999Z",
    "0000-01-01T00:00:00Z, 0000-01-01T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z, 9999-12-31T23:59:59.999Z",
    "2026-02-05T19:00:50.1234567890123Z, 2026-02-05T19:00:50.123Z",
    "2026-02-05t19:00:50.1z, 2026-02-05T19:00:50.100Z",
    "2026-02-05T23:58:50+23:59, 2026-02-04T23:59:50.000Z",
    "2026-02-05T19:00:50-00:00, 2026-02-05T19:00:50.000Z",
    "2024-02-29T12:00:00Z, 2024-02-29T12:00:00.000Z",
    "2016-12-31T23:59:60Z, 2016-12-31T23:59:59.999Z",
    "2016-12-31T23:59:60.5Z, 2016-12-31T23:59:59.999Z",
    "2017-01-01T01:29:60+01:30, 2016-12-31T23:59:59.999Z"
  })
  void readsTimesAndCutsThemToMilliseconds(String text, String spelled) {
    Instant time = Timestamps.parse(text);
    assertThat(Timestamps.format(time)).isEqualTo(spelled);
    assertThat(Timestamps.parse(spelled)).isEqualTo(time);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "now",
        "2026-02-05",
        "2026-02-05T19:00:50",
        "2026-02-30T00:00:00Z",
        "2026-02-05T25:00:00Z",
        "2026-02-05T24:00:00Z",
        "2026-02-05T19:00:50.Z",
        "2026-02-05T19:00Z",
        "2026-02-05T19Z",
        "2026-02-05 19:00:50Z",
        "2026-02-05T19:00:50,5Z",
        "2026-02-05T19:00:50+24:00",
        "2026-02-05T19:00:50+01",
        "2026-02-05T19:00:50+0130",
        "2026-02-05T19:00:50+01:30:00",
        "2026-02-05T19:00:50Z ",
        "2026-02-05T19:00:61Z",
        "2026-02-05T19:00:60Z",
        "2016-12-31T23:59:60+01:00",
        "2026-2-5T19:00:50Z",
        "2026-02-05T19:00:5\u0660Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "+10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "1770318050"
      })
  void refusesOtherTimes(String text) {
    assertThatThrownBy(() -> Timestamps.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
