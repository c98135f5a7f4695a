package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.ReplicaFeed.Step;
import io.mnemogrid.commit.ReplicaFeeder.Action;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplicaFeederTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final SpaceName OTHER = SpaceName.of("other");

  private final Map<SpaceName, Snapshot> here = new HashMap<>();
  private final Set<SpaceName> wanted = new HashSet<>();
  private final ReplicaFeeder feeder = new ReplicaFeeder(here::get, wanted::contains);
  private final List<Update> updates = new ArrayList<>();
  private final List<Snapshot> versions = new ArrayList<>(List.of(Snapshot.ofNew(SPACE)));

  ReplicaFeederTest() {
    Scribe scribe = new Scribe(SPACE);
    for (int i = 1; i <= 9; i++) {
      updates.add(scribe.set("u" + i, "/k" + i % 3, Json.of(i)));
      versions.add(scribe.snapshot());
    }
  }

  /** The updates of versions {@code [from, to)}. */
  private List<Update> range(int from, int to) {
    return updates.subList(from - 1, to - 1);
  }

  private void isHere(int version) {
    here.put(SPACE, versions.get(version));
  }

  private LogHead log(int version) {
    return versions.get(version).head();
  }

  /** Takes what is published, as whoever holds the replicas does. */
  private List<Action> performed(List<Action> actions) {
    for (Action action : actions) {
      if (action instanceof Action.Publish publish) {
        here.put(publish.next().space(), publish.next());
      }
    }
    return actions;
  }

  private static Action published(Snapshot next) {
    return new Action.Publish(next, List.of(), false);
  }

  private List<Action> want(SpaceName space) {
    wanted.add(space);
    return feeder.wanted(space);
  }

  private static Action poll(SpaceName... also) {
    return new Action.Poll(List.of(also));
  }

  private static Step advance(Snapshot next) {
    return new Step.Advance(next);
  }

  @Test
  void publishesWhatFollowsWithItsUpdates() {
    isHere(2);
    assertThat(feeder.announced(range(3, 5)))
        .singleElement()
        .isInstanceOfSatisfying(
            Action.Publish.class,
            publish -> {
              assertThat(publish.next().head()).isEqualTo(log(4));
              assertThat(publish.updates()).isEqualTo(range(3, 5));
            });
    isHere(4);
    assertThat(feeder.announced(range(3, 5))).isEmpty();
  }

  @Test
  void readsTheLogOnceAtAGapAndGoesOnMeanwhile() {
    isHere(2);
    assertThat(feeder.announced(range(5, 6))).containsExactly(new Action.Replay(versions.get(2)));
    assertThat(feeder.announced(range(6, 7))).as("one read at a time").isEmpty();
    assertThat(performed(feeder.announced(range(3, 4)))).hasSize(1);
    assertThat(performed(feeder.replayed(versions.get(2), advance(versions.get(5)))))
        .containsExactly(published(versions.get(5)), new Action.Replay(versions.get(5)));
    assertThat(feeder.replayed(versions.get(5), new Step.Nothing()))
        .as("version 6 was announced meanwhile")
        .containsExactly(new Action.Replay(versions.get(5)));
    assertThat(performed(feeder.replayed(versions.get(5), advance(versions.get(6))))).hasSize(2);
    assertThat(feeder.replayed(versions.get(6), new Step.Nothing())).isEmpty();
  }

  @Test
  void newsOfASpaceThatNobodyWantsMeansNothing() {
    assertThat(feeder.announced(range(1, 2))).isEmpty();
    feeder.tick();
    assertThat(feeder.polled(List.of(log(1)), List.of())).isEmpty();
    assertThat(feeder.tick()).containsExactly(poll());
  }

  @Test
  void whatIsPutWhereNoReplicaWasIsReadOn() {
    isHere(3);
    assertThat(feeder.arrived(SPACE)).containsExactly(new Action.Replay(versions.get(3)));
    assertThat(feeder.arrived(SPACE)).as("one read at a time").isEmpty();
    assertThat(feeder.arrived(OTHER)).as("it was evicted meanwhile").isEmpty();
  }

  @Test
  void whatOnlyReadsMoveIsReadAtEveryPollThatFindsTheLogAhead() {
    isHere(3);
    assertThat(feeder.told()).containsExactly(poll());
    assertThat(feeder.told()).as("one waits").isEmpty();
    assertThat(feeder.polled(List.of(log(4)), List.of()))
        .containsExactly(new Action.Replay(versions.get(3)), poll());
    performed(feeder.replayed(versions.get(3), advance(versions.get(4))));
    feeder.replayed(versions.get(4), new Step.Nothing());
    assertThat(feeder.polled(List.of(log(5)), List.of()))
        .containsExactly(new Action.Replay(versions.get(4)));
    performed(feeder.replayed(versions.get(4), advance(versions.get(5))));
    feeder.replayed(versions.get(5), new Step.Nothing());

    performed(feeder.announced(range(6, 7)));
    feeder.told();
    assertThat(feeder.polled(List.of(log(7)), List.of())).as("7 is on its way too").isEmpty();
  }

  @Test
  void asksForTheHeadOfASpaceUntilItWasSeenToBeTheSame() {
    isHere(3);
    feeder.tick();
    assertThat(feeder.polled(List.of(log(5)), List.of()))
        .containsExactly(new Action.Replay(versions.get(3)));
    feeder.readFailed(SPACE);
    assertThat(feeder.tick()).containsExactly(poll(SPACE));
    assertThat(feeder.pollFailed()).isEmpty();
    assertThat(feeder.tick()).containsExactly(poll(SPACE));
    assertThat(feeder.polled(List.of(log(5)), List.of()))
        .containsExactly(new Action.Replay(versions.get(3)));
    performed(feeder.replayed(versions.get(3), advance(versions.get(5))));
    feeder.replayed(versions.get(5), new Step.Nothing());
    assertThat(feeder.tick()).containsExactly(poll(SPACE));
    feeder.polled(List.of(log(5)), List.of());
    assertThat(feeder.tick()).containsExactly(poll());
  }

  @Test
  void asksAgainForASpaceThatIsWantedAndCouldNotBeRead() {
    assertThat(want(SPACE)).containsExactly(new Action.Load(SPACE));
    feeder.readFailed(SPACE);
    assertThat(feeder.tick()).containsExactly(poll(SPACE));
    assertThat(feeder.polled(List.of(log(5)), List.of())).containsExactly(new Action.Load(SPACE));
    performed(feeder.loaded(SPACE, Optional.of(versions.get(5))));
    here.remove(SPACE); // evicted
    feeder.polled(List.of(log(6)), List.of());
    assertThat(feeder.tick()).as("nobody wants it any more").containsExactly(poll());
  }

  @Test
  void aSpaceThatTheLogNoLongerHasIsDoubted() {
    isHere(3);
    feeder.tick();
    assertThat(feeder.polled(List.of(), List.of(SPACE)))
        .containsExactly(new Action.Compare(log(3)));
  }

  @Test
  void readsWhatIsAnnouncedWhileASpaceIsLoaded() {
    assertThat(want(SPACE)).containsExactly(new Action.Load(SPACE));
    assertThat(feeder.announced(range(2, 3))).as("it is loaded already").isEmpty();
    assertThat(performed(feeder.loaded(SPACE, Optional.of(versions.get(1)))))
        .as("and what was announced meanwhile is read")
        .containsExactly(
            new Action.Publish(versions.get(1), List.of(), true),
            new Action.Replay(versions.get(1)));
  }

  @Test
  void aSpaceThatIsNotThereIsAskedForAgain() {
    assertThat(want(SPACE)).containsExactly(new Action.Load(SPACE));
    assertThat(feeder.loaded(SPACE, Optional.empty())).isEmpty();
    assertThat(want(SPACE)).containsExactly(new Action.Load(SPACE));
  }

  @Test
  void pollsOnceAtATime() {
    isHere(3);
    assertThat(feeder.tick()).containsExactly(poll());
    assertThat(feeder.tick()).isEmpty();
    assertThat(feeder.polled(List.of(log(3)), List.of())).isEmpty();
    assertThat(feeder.tick()).containsExactly(poll());
    assertThat(feeder.announced(List.of())).isEmpty();
    assertThat(feeder.polled(List.of(log(3)), List.of()))
        .as("the news came after the heads were asked for")
        .containsExactly(poll());
    assertThat(feeder.pollFailed()).isEmpty();
    assertThat(feeder.announced(List.of())).containsExactly(poll());
  }

  @Test
  void aPollFindsWhatWasNotAnnounced() {
    isHere(3);
    want(OTHER);
    feeder.tick();
    assertThat(feeder.polled(List.of(log(6), LogHead.ofNew(OTHER)), List.of()))
        .containsExactly(new Action.Replay(versions.get(3)));
    feeder.tick();
    assertThat(feeder.polled(List.of(log(7), LogHead.ofNew(OTHER)), List.of()))
        .as("both are read already")
        .isEmpty();
    feeder.readFailed(SPACE);
    feeder.tick();
    assertThat(feeder.polled(List.of(log(7), LogHead.ofNew(OTHER)), List.of()))
        .containsExactly(new Action.Replay(versions.get(3)));
  }

  @Test
  void dropsAReplicaOnlyWhenTheLogHoldsItNot() {
    isHere(5);
    feeder.tick();
    assertThat(feeder.polled(List.of(log(3)), List.of()))
        .containsExactly(new Action.Compare(log(5)));
    assertThat(feeder.compared(log(5), true)).as("the head that was read is old").isEmpty();
    feeder.tick();
    assertThat(feeder.polled(List.of(log(3)), List.of()))
        .containsExactly(new Action.Compare(log(5)));
    assertThat(feeder.compared(log(5), false))
        .singleElement()
        .isInstanceOfSatisfying(
            Action.Reload.class, reload -> assertThat(reload.mine()).isSameAs(versions.get(5)));
    assertThat(feeder.reloaded(versions.get(5), Optional.of(versions.get(3))))
        .containsExactly(new Action.Replace(versions.get(5), versions.get(3)));
  }

  @Test
  void leavesAReplicaAloneThatMovedWhileItWasCompared() {
    isHere(5);
    feeder.tick();
    assertThat(feeder.polled(List.of(log(3)), List.of()))
        .containsExactly(new Action.Compare(log(5)));
    isHere(6);
    assertThat(feeder.compared(log(5), false)).isEmpty();
    feeder.tick();
    assertThat(feeder.polled(List.of(log(6)), List.of())).isEmpty();
  }

  @Test
  void saysThatTheLogIsDamagedAndReadsItAgainLater() {
    isHere(3);
    feeder.announced(range(5, 6));
    Step wrong = new Step.Reload(4, "does not follow");
    assertThat(feeder.replayed(versions.get(3), wrong)).containsExactly(new Action.Compare(log(3)));
    assertThat(feeder.compared(log(3), true))
        .singleElement()
        .isInstanceOfSatisfying(
            Action.Damaged.class,
            damaged -> {
              assertThat(damaged.what().version()).isEqualTo(4);
              assertThat(damaged.what().what()).isEqualTo("does not follow");
            });
    for (int i = 1; i < ReplicaFeeder.REST; i++) {
      feeder.tick();
      assertThat(feeder.polled(List.of(log(5)), List.of())).as("tick %d", i).isEmpty();
    }
    feeder.tick();
    assertThat(feeder.polled(List.of(log(5)), List.of()))
        .containsExactly(new Action.Replay(versions.get(3)));
    assertThat(performed(feeder.replayed(versions.get(3), advance(versions.get(5))))).hasSize(2);
    assertThat(feeder.replayed(versions.get(5), new Step.Nothing()))
        .containsExactly(new Action.Whole(SPACE));
  }

  @Test
  void findsAHeadRowThatNamesAnotherRecordThanTheLogHolds() {
    isHere(3);
    Scribe elsewhere = new Scribe(versions.get(2));
    elsewhere.set("other", "/k0", Json.of(3));
    feeder.tick();
    assertThat(feeder.polled(List.of(elsewhere.head()), List.of()))
        .containsExactly(new Action.Compare(log(3)));
    assertThat(feeder.compared(log(3), true)).singleElement().isInstanceOf(Action.Damaged.class);
  }

  @Test
  void aDamagedSpaceThatWasNeverLoadedIsLeftAloneForAWhile() {
    here.put(OTHER, Snapshot.ofNew(OTHER));
    assertThat(want(SPACE)).containsExactly(new Action.Load(SPACE));
    assertThat(feeder.broken(new BrokenHistory(SPACE, 1, "cannot be read"))).hasSize(1);
    assertThat(want(SPACE)).isEmpty();
    feeder.tick();
    Scribe others = new Scribe(OTHER);
    others.set("o1", "/a", Json.of(1));
    assertThat(feeder.polled(List.of(log(2), others.head()), List.of()))
        .as("the others are fed all the same")
        .containsExactly(new Action.Replay(Snapshot.ofNew(OTHER)));
  }
}
