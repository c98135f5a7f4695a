package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.log.Found;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The committer's promises hold for a rollback too: one message in, the actions out. */
class CommitterRollbackTest {
  private static final SpaceName SPACE = new SpaceName("rolled");
  private static final Instant NOW = Deltas.START.plus(Duration.ofMinutes(1));
  private final List<Update> log = new ArrayList<>();
  private Snapshot head = Snapshot.ofNew(SPACE);

  /** What another member commits. */
  private void other(String id, String path, Json value) {
    Committer committer = new Committer();
    committer.submit(request(1, Deltas.set(id, head.version(), path, value)));
    Update update = append(committer, head).updates().getFirst();
    head = head.plus(update);
    log.add(update);
  }

  private static Request request(long ticket, Delta delta) {
    return new Request(ticket, SPACE, List.of(delta), Long.MAX_VALUE / 2);
  }

  private static Delta.Rollback rollback(long to) {
    return Delta.parseRollback(
        Json.EMPTY_OBJECT
            .with("to", Json.of(to))
            .with("author", Json.of("bot-r"))
            .with("update_id", Json.of("back")));
  }

  private static Batch append(Committer committer, Snapshot loaded) {
    assertThat(committer.step(NOW, 0)).containsExactly(new Action.Load(SPACE));
    committer.loaded(SPACE, Optional.of(loaded));
    return onlyBatch(committer.step(NOW, 0));
  }

  private static Batch onlyBatch(List<Action> actions) {
    return ((Action.Append) actions.getFirst()).batches().getFirst();
  }

  private static List<Answer> told(List<Action> actions) {
    return actions.stream()
        .filter(Action.Tell.class::isInstance)
        .map(Action.Tell.class::cast)
        .findFirst()
        .orElseThrow()
        .answers();
  }

  @Test
  void isResolvedAgainWhenTheHeadMovedAndStillHasThatDocument() {
    other("u1", "/a", Json.of(1));
    Snapshot target = head;
    other("u2", "/a", Json.of(2));
    Snapshot seen = head;
    other("u3", "/b", Json.of(3)); // by another member, after this one read the head

    Committer committer = new Committer();
    committer.submit(request(7, rollback(1).withTarget(target.state())));
    Update early = append(committer, seen).updates().getFirst();
    assertThat(early.version()).isEqualTo(3);
    assertThat(early.fields().timestamp()).isEqualTo(NOW); // its author named none

    committer.appended(List.of(new Appended.Moved(head.head())));
    assertThat(committer.step(NOW, 0)).containsExactly(new Action.CatchUp(SPACE, 2));
    committer.caughtUp(SPACE, head.head(), log.subList(2, 3));
    Update late = onlyBatch(committer.step(NOW, 0)).updates().getFirst();
    assertThat(late.version()).isEqualTo(4);
    assertThat(late.id()).isEqualTo(early.id());
    assertThat(late.fields().base()).isEqualTo(3);
    assertThat(late.fields().request()).isEqualTo(early.fields().request());
    assertThat(head.plus(late).state().root()).isEqualTo(target.state().root());
    List<Answer> answers = told(committer.appended(List.of(new Appended.Committed())));
    assertThat(answers).containsExactly(new Answer.Accepted(late, false));
  }

  @Test
  void isAnsweredFromTheLogThatKnowsItsId() {
    other("u1", "/a", Json.of(1));
    Snapshot target = head;
    Committer committer = new Committer();
    committer.submit(request(7, rollback(1).withTarget(target.state())));
    Update first = append(committer, head).updates().getFirst();
    committer.appended(List.of(new Appended.Committed()));

    Committer other = new Committer();
    other.submit(request(8, rollback(1).withTarget(target.state())));
    append(other, head.plus(first));
    assertThat(
            told(other.appended(List.of(new Appended.Known(Found.all(Map.of(first.id(), first)))))))
        .containsExactly(new Answer.Accepted(first, true));

    Committer another = new Committer();
    another.submit(request(9, rollback(2).withTarget(head.plus(first).state())));
    append(another, head.plus(first));
    assertThat(
            told(
                another.appended(
                    List.of(new Appended.Known(Found.all(Map.of(first.id(), first)))))))
        .containsExactly(new Answer.Refused(new Refusal.IdReused(2)));
  }

  @Test
  void isRefusedOnlyAfterTheLogWasAsked() {
    other("u1", "/a", Json.of(1));
    Committer committer = new Committer();
    committer.submit(request(7, rollback(5)));
    committer.step(NOW, 0);
    committer.loaded(SPACE, Optional.of(head));
    assertThat(committer.step(NOW, 0).getFirst()).isInstanceOf(Action.Check.class);
    assertThat(told(committer.checked(SPACE, Optional.of(head.head()), Found.NONE)))
        .containsExactly(new Answer.Refused(new Refusal.VersionAhead(5, 1)));
  }

  @Test
  void withoutItsTargetHarmsNobodyElse() {
    other("u1", "/a", Json.of(1));
    Committer committer = new Committer();
    committer.submit(request(7, rollback(1))); // version 1 was not there when it was read
    committer.submit(request(8, Deltas.set("u2", 1, "/b", Json.of(2))));
    committer.step(NOW, 0);
    committer.loaded(SPACE, Optional.of(head));
    List<Action> actions = committer.step(NOW, 0);
    assertThat(told(actions))
        .singleElement()
        .isInstanceOfSatisfying(
            Answer.Unavailable.class, none -> assertThat(none.unknown()).isFalse());
    assertThat(
            onlyBatch(actions.stream().filter(Action.Append.class::isInstance).toList()).updates())
        .singleElement()
        .satisfies(update -> assertThat(update.id().text()).isEqualTo("u2"));
  }
}
