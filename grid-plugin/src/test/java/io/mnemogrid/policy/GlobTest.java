package io.mnemogrid.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
  @ParameterizedTest
  @CsvSource({
    "*, anything, true",
    "team-*, team-, true",
    "team-*, team-a.b, true",
    "team-*, xteam-a, false",
    "*-bot, a-bot, true",
    "*-bot, a-bot-b, false",
    "a*c*e, abcde, true",
    "a*c*e, ace, true",
    "a*c*e, aec, false",
    "exact, exact, true",
    "exact, exactly, false",
    "a.c, abc, false",
    "**, '', true",
    "a, '', false"
  })
  void fitsWholeNames(String pattern, String name, boolean fits) {
    assertThat(new Glob(pattern).fits(name)).isEqualTo(fits);
  }

  @ParameterizedTest
  @CsvSource({"*, ''", "team-*, team-", "a*b*, a", "exact, exact", "*-bot, ''"})
  void knowsWhatEveryNameThatFitsBeginsWith(String pattern, String prefix) {
    assertThat(new Glob(pattern).prefix()).isEqualTo(prefix);
  }

  /** The slow and obvious twin is a regular expression. */
  @Test
  void agreesWithARegularExpression() {
    Random random = new Random(11);
    int fitting = 0;
    for (int i = 0; i < 100_000; i++) {
      String pattern = text(random, "ab*", 1 + random.nextInt(6));
      String name = text(random, "ab", random.nextInt(7));
      boolean expected = Pattern.matches(pattern.replace("*", ".*"), name);
      assertThat(new Glob(pattern).fits(name)).as("%s on %s", pattern, name).isEqualTo(expected);
      fitting += expected ? 1 : 0;
    }
    assertThat(fitting).isBetween(10_000, 90_000);
  }

  private static String text(Random random, String alphabet, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  /** A backtracking matcher would take longer than the universe has. */
  @Test
  void takesNoLongForAHostileName() {
    Glob hostile = new Glob("*a".repeat(60) + "b");
    String name = "a".repeat(128);
    assertTimeoutPreemptively(
        Duration.ofSeconds(30), () -> assertThat(hostile.fits(name)).isFalse());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a,b", "ä", "a/b", "a?"})
  void refusesWhatNoNameFits(String text) {
    assertThatThrownBy(() -> new Glob(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("*");
  }
}
