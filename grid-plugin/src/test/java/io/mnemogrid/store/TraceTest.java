package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TraceTest {
  private static final String WRITE = "7 pwrite64(5</d/wal>, \"x\", 1, 0) = 1";
  private static final String SYNC = "7 fdatasync(5</d/wal>) = 0";
  private static final String ANSWER = "7 write(1<pipe:[1]>, \"done\\n\", 5) = 5";

  private static List<Boolean> answers(String... lines) {
    return Trace.answers(
        List.of(lines), text -> text.contains("/wal>"), text -> text.contains("done"));
  }

  @Test
  void findsTheSyncBetweenWriteAndAnswer() {
    assertThat(answers(WRITE, WRITE, SYNC, ANSWER, WRITE, SYNC, ANSWER))
        .containsExactly(true, true);
  }

  @Test
  void missesNoAnswerThatCameTooEarly() {
    assertThat(answers(WRITE, ANSWER, SYNC)).containsExactly(false);
    assertThat(answers(SYNC, WRITE, ANSWER)).containsExactly(false);
    assertThat(answers(WRITE, SYNC, WRITE, ANSWER)).containsExactly(false);
    assertThat(answers(WRITE, SYNC, ANSWER, ANSWER)).containsExactly(true, false);
    assertThat(answers(WRITE, SYNC.replace("/wal", "/other"), ANSWER)).containsExactly(false);
    assertThat(answers(WRITE, SYNC.replace("= 0", "= -1 EIO (I/O error)"), ANSWER))
        .containsExactly(false);
  }

  @Test
  void readsCallsOfSeveralProcessesThatOverlap() {
    String begun = "8 fdatasync(5</d/wal> <unfinished ...>";
    String ended = "8 <... fdatasync resumed>) = 0";
    assertThat(answers(WRITE, begun, ended, ANSWER)).containsExactly(true);
    assertThat(answers(WRITE, begun, ANSWER, ended)).containsExactly(false);
    assertThat(answers(begun, WRITE, ended, ANSWER)).containsExactly(false);
    assertThat(
            answers(
                WRITE,
                SYNC,
                "8 pwrite64(5</d/wal>, \"x\", 1, 0 <unfinished ...>",
                ANSWER,
                "8 <... pwrite64 resumed>) = 1"))
        .containsExactly(false);
  }
}
