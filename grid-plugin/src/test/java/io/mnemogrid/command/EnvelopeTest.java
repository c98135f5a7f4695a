package io.mnemogrid.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The object that {@code --agent} prints. */
class EnvelopeTest {
  @Test
  void isJsonWhateverTheTextsHold() {
    assertThat(Envelope.quoted("a\"b\\c\n\u00e9\ud83d\ude00\ud800"))
        .isEqualTo("\"a\\\"b\\\\c\\u000a\u00e9\ud83d\ude00?\"");
    CommandFailure failure = new CommandFailure(ExitCode.NOTHING_THERE, "no \"x\"");
    assertThat(Envelope.error("get", System.nanoTime(), failure))
        .matches(
            "\\{\"command\":\"get\",\"duration_ms\":[0-9]+,\"error\":\\{\"code\":\"nothing-there\","
                + "\"detail\":\"no \\\\\"x\\\\\"\",\"hint\":\"\"},\"status\":\"error\"}");
  }

  @Test
  void isForCommandsThatKnowTheOption() {
    assertThat(Envelope.isWantedBy(List.of("get", "s", "--agent"))).isTrue();
    assertThat(Envelope.isWantedBy(List.of("set", "s", "a", "--", "--agent"))).isFalse();
    assertThat(Envelope.isWantedBy(List.of("verify", "--agent"))).isFalse();
    assertThat(Envelope.isWantedBy(List.of("get", "s"))).isFalse();
  }
}
