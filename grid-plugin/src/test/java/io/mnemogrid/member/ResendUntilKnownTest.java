package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Deltas;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What an author learns of a delta whose first answer leaves it in doubt. */
class ResendUntilKnownTest {
  private static final List<Delta> DELTAS = List.of(Deltas.set("a", 0, "/x", Json.of(1)));
  private static final List<Answer> UNKNOWN = List.of(new Answer.Unavailable(true, "gone"));
  private static final List<Answer> NOT_APPLIED = List.of(new Answer.Unavailable(false, "full"));
  private static final List<Answer> ACCEPTED =
      List.of(
          new Answer.Accepted(new Scribe(SpaceName.of("daryl")).set("a", "/x", Json.of(1)), true));
  private static final List<Answer> AHEAD =
      List.of(new Answer.Refused(new Refusal.VersionAhead(9, 1)));
  private static final List<Answer> REUSED = List.of(new Answer.Refused(new Refusal.IdReused(1)));

  private int sent;

  @SafeVarargs
  private List<Answer> told(Duration atMost, List<Answer>... answers) {
    Deque<List<Answer>> script = new ArrayDeque<>(List.of(answers));
    return ResendUntilKnown.of(
            DELTAS,
            deltas -> {
              assertThat(deltas).as("the same ids").isEqualTo(DELTAS);
              sent++;
              return CompletableFuture.completedFuture(
                  script.size() > 1 ? script.remove() : script.getFirst());
            },
            atMost)
        .join();
  }

  @Test
  void tellsWhatIsKnownAtOnce() {
    for (List<Answer> known : List.of(ACCEPTED, NOT_APPLIED, AHEAD)) {
      sent = 0;
      assertThat(told(Duration.ofMinutes(1), known)).isEqualTo(known);
      assertThat(sent).isEqualTo(1);
    }
  }

  @Test
  void sendsTheSameIdAgainUntilItIsKnown() {
    assertThat(told(Duration.ofMinutes(1), UNKNOWN, UNKNOWN, ACCEPTED)).isEqualTo(ACCEPTED);
    assertThat(sent).isEqualTo(3);
  }

  @Test
  void sendsItThreeTimesMoreAtMostAndNotAfterItsTime() {
    assertThat(told(Duration.ofMinutes(1), UNKNOWN)).isEqualTo(UNKNOWN);
    assertThat(sent).isEqualTo(4);
    sent = 0;
    assertThat(told(Duration.ZERO, UNKNOWN, ACCEPTED)).isEqualTo(UNKNOWN);
    assertThat(sent).isEqualTo(1);
  }

  @Test
  void takesARefusalForTheFirstSendingOnlyWhenItLasts() {
    assertThat(told(Duration.ofMinutes(1), UNKNOWN, REUSED)).isEqualTo(REUSED);
    assertThat(told(Duration.ofMinutes(1), UNKNOWN, AHEAD)).isEqualTo(UNKNOWN);
    assertThat(told(Duration.ofMinutes(1), UNKNOWN, NOT_APPLIED)).isEqualTo(UNKNOWN);
    assertThat(told(Duration.ofMinutes(1), UNKNOWN, AHEAD, ACCEPTED)).isEqualTo(ACCEPTED);
  }
}
