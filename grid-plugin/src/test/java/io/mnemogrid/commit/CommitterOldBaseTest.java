package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a committer asks and tells when a delta has not seen what the head has forgotten. */
class CommitterOldBaseTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Instant NOW = Deltas.START;

  private final MemoryUpdateLog log = new MemoryUpdateLog(() -> NOW);
  private final Committer committer = new Committer();
  private Snapshot head = Snapshot.ofNew(SPACE);

  private Instant time = NOW;

  /** Two writes of /x, the second of which puts an object there, and then many of others. */
  @BeforeEach
  void fill() {
    log.create(SPACE, "{}");
    Scribe scribe = new Scribe(SPACE);
    LogHead none = scribe.head();
    Update first = scribe.set("x1", "/x", Json.of(1));
    Update second = scribe.set("x2", "/x", Json.parse("{\"z\":1}"));
    log.append(List.of(new Batch(none, List.of(first, second))));
    log.append(List.of(scribe.batch("more", (int) State.REMEMBERED_VERSIONS)));
    time = scribe.head().committed();
    submit(1, scribe.head().version(), "/y");
    assertThat(committer.step(NOW, 0)).containsExactly(new Action.Load(SPACE));
    committer.loaded(SPACE, Optional.of(scribe.snapshot()));
    Action.Append append = (Action.Append) committer.step(NOW, 0).getFirst();
    for (Action action : committer.appended(log.append(append.batches()))) {
      if (action instanceof Action.Publish publish) {
        head = publish.head();
      }
    }
    assertThat(head.version()).isEqualTo(State.REMEMBERED_VERSIONS + 3);
  }

  private void submit(long ticket, long base, String path) {
    Delta delta = Delta.parse(Deltas.request("u" + ticket, base, time, path, Json.TRUE));
    committer.submit(new Request(ticket, SPACE, List.of(delta), 1000));
  }

  private static Action.ReadOld readOld(List<Action> actions) {
    assertThat(actions).hasSize(1);
    return (Action.ReadOld) actions.getFirst();
  }

  private OldTombstones read(Action.ReadOld asked) {
    return log.recall(SPACE, asked.wanted().since(), asked.wanted().at(), asked.wanted().around());
  }

  @Test
  void readsWhatTheHeadForgotBeforeItJudges() {
    submit(2, 1, "/x");
    submit(3, 2, "/w");
    submit(4, 5, "/v");
    Action.ReadOld asked = readOld(committer.step(NOW, 0).stream().limit(1).toList());
    assertThat(asked.wanted().at())
        .containsExactlyInAnyOrder(Pointer.parse("/x"), Pointer.parse("/w"));
    assertThat(asked.wanted().since()).isEqualTo(1);
    assertThat(asked.upTo()).isGreaterThan(3).isLessThanOrEqualTo(head.version());
    log.rememberAll(SPACE);
    committer.appended(List.of(new Appended.Committed())); // of 4, which waits for nothing
    committer.recalled(asked, read(asked));
    Action.Append append = (Action.Append) committer.step(NOW, 0).getLast();
    assertThat(append.batches().getFirst().updates()).hasSize(2);
    assertThat(append.batches().getFirst().updates().getFirst().fields().overrode())
        .as("the removal of /x is a rival, beside the /x/z that stands there")
        .hasSize(2);
  }

  @Test
  void asksAgainWhenTheReadFailed() {
    submit(2, 0, "/x");
    Action.ReadOld asked = readOld(committer.step(NOW, 0));
    assertThat(committer.step(NOW, 0)).isEmpty();
    assertThat(committer.isBusy()).isTrue();
    assertThat(committer.recallFailed(asked)).isEmpty();
    assertThat(readOld(committer.step(NOW, 0))).isEqualTo(asked);
  }

  @Test
  void asksAgainWhenTheAnswerDoesNotReachFarEnough() {
    submit(2, 0, "/x");
    Action.ReadOld asked = readOld(committer.step(NOW, 0));
    committer.recalled(asked, read(asked)); // nothing is kept yet
    assertThat(readOld(committer.step(NOW, 0))).isEqualTo(asked);
  }

  @Test
  void givesUpWhatWaitsForTheReadTooLong() {
    submit(2, 0, "/x");
    Action.ReadOld asked = readOld(committer.step(NOW, 0));
    List<Action> over = committer.step(NOW, 2000);
    assertThat(over)
        .containsExactly(
            new Action.Tell(
                2, List.of(new Answer.Unavailable(false, "the store did not answer in time"))));
    assertThat(committer.isBusy()).isFalse();
    log.rememberAll(SPACE);
    assertThat(committer.recalled(asked, read(asked))).isEmpty();
    assertThat(committer.step(NOW, 2000)).isEmpty();
  }

  @Test
  void tellsOnlyThoseThatAskedThatTheLogIsDamaged() {
    submit(2, 0, "/x");
    Action.ReadOld asked = readOld(committer.step(NOW, 0));
    BrokenHistory broken = new BrokenHistory(SPACE, 7, "is missing");
    assertThat(committer.recallBroken(asked, broken).getFirst())
        .isEqualTo(new Action.Tell(2, List.of(Answer.Damaged.of(broken))));
    submit(3, head.version(), "/v");
    assertThat(committer.step(NOW, 0)).singleElement().isInstanceOf(Action.Append.class);
  }
}
