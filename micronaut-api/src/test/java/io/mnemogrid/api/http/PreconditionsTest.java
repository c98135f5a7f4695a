package io.mnemogrid.api.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreconditionsTest {
  /** A header has 16 KiB; with so much more, n² steps would take minutes. */
  @Test
  void aListOfTagsIsReadInOneGoWhateverStandsThere() {
    int length = 1 << 19;
    List<String> lists =
        List.of(
            " ,".repeat(length) + "x",
            "\t".repeat(length),
            "\"".repeat(length) + "x",
            "\"" + "a".repeat(length),
            "\"a\"" + " ".repeat(length) + "x");
    for (String list : lists) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () ->
              assertThatThrownBy(() -> Preconditions.tags(list))
                  .isInstanceOf(ProblemException.class));
    }
  }
}
