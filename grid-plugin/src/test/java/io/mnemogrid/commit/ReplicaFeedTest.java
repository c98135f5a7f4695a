package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.ReplicaFeed.Look;
import io.mnemogrid.commit.ReplicaFeed.Step;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaFeedTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private final Scribe scribe = new Scribe(SPACE);
  private final List<Update> updates = new ArrayList<>();
  private final List<Snapshot> versions = new ArrayList<>(List.of(Snapshot.ofNew(SPACE)));

  ReplicaFeedTest() {
    for (int i = 1; i <= 5; i++) {
      updates.add(scribe.set("u" + i, "/k" + i % 3, Json.of(i)));
      versions.add(scribe.snapshot());
    }
  }

  /** The updates of versions {@code [from, to)}. */
  private List<Update> range(int from, int to) {
    return updates.subList(from - 1, to - 1);
  }

  private static void assertAdvances(Step step, Snapshot to) {
    assertThat(step)
        .isInstanceOfSatisfying(
            Step.Advance.class,
            advance -> assertThat(advance.next().toText()).isEqualTo(to.toText()));
  }

  @Test
  void followsWhatComesNext() {
    assertAdvances(ReplicaFeed.announced(versions.get(2), range(3, 5)), versions.get(4));
  }

  @Test
  void ignoresWhatItKnows() {
    assertThat(ReplicaFeed.announced(versions.get(4), range(1, 5))).isEqualTo(new Step.Nothing());
    assertAdvances(ReplicaFeed.announced(versions.get(2), range(1, 5)), versions.get(4));
  }

  @Test
  void readsTheLogAtAGap() {
    assertThat(ReplicaFeed.announced(versions.get(2), range(4, 6))).isEqualTo(new Step.Replay(2));
    assertThat(ReplicaFeed.announced(versions.get(2), List.of(updates.get(2), updates.get(4))))
        .isEqualTo(new Step.Replay(2));
  }

  @Test
  void readsTheLogWhenNewsComesOutOfOrder() {
    assertThat(ReplicaFeed.announced(versions.get(2), range(3, 6).reversed()))
        .isEqualTo(new Step.Replay(2));
  }

  @Test
  void believesNoAnnouncementThatDoesNotFollow() {
    Scribe elsewhere = new Scribe(versions.get(1));
    elsewhere.set("other2", "/k", Json.of("other"));
    Update third = elsewhere.set("other3", "/k", Json.of("else"));
    assertThat(ReplicaFeed.announced(versions.get(2), List.of(third)))
        .isEqualTo(new Step.Replay(2));
  }

  @Test
  void believesNoForgedRecord() {
    Update third = updates.get(2);
    Update forged = Update.parse(third.text().replace("\"value\":3", "\"value\":4"));
    assertThat(forged).isNotEqualTo(third);
    assertThat(ReplicaFeed.announced(versions.get(2), List.of(forged)))
        .isEqualTo(new Step.Replay(2));
    assertThat(ReplicaFeed.replayed(versions.get(2), List.of(forged)))
        .isInstanceOf(Step.Reload.class);
  }

  @Test
  void comparesItsHeadWithTheLogs() {
    Snapshot mine = versions.get(3);
    assertThat(ReplicaFeed.head(mine, versions.get(3).head(), null)).isEqualTo(new Step.Nothing());
    assertThat(ReplicaFeed.head(mine, versions.get(5).head(), null)).isEqualTo(new Step.Replay(3));
    assertThat(ReplicaFeed.head(mine, versions.get(2).head(), null))
        .isInstanceOf(Step.Reload.class);
    Scribe elsewhere = new Scribe(versions.get(2));
    elsewhere.set("other", "/k0", Json.of(3));
    assertThat(elsewhere.head().root()).as("the same document").isEqualTo(mine.head().root());
    assertThat(ReplicaFeed.head(mine, elsewhere.head(), null)).isInstanceOf(Step.Reload.class);
  }

  @Test
  void readsNotWhatIsOnItsWay() {
    Snapshot mine = versions.get(3);
    assertThat(ReplicaFeed.head(mine, versions.get(5).head(), new Look(2, 3)))
        .as("it moved, and to where the log was")
        .isEqualTo(new Step.Nothing());
    assertThat(ReplicaFeed.head(mine, versions.get(5).head(), new Look(3, 3)))
        .as("it did not move")
        .isEqualTo(new Step.Replay(3));
    assertThat(ReplicaFeed.head(mine, versions.get(5).head(), new Look(2, 4)))
        .as("it moved, and not to where the log was")
        .isEqualTo(new Step.Replay(3));
    assertThat(ReplicaFeed.head(mine, versions.get(2).head(), new Look(2, 3)))
        .isInstanceOf(Step.Reload.class);
  }

  @Test
  void replaysOneHistoryOnly() {
    assertAdvances(ReplicaFeed.replayed(versions.get(0), range(1, 6)), versions.get(5));
    assertThat(ReplicaFeed.replayed(versions.get(5), List.of())).isEqualTo(new Step.Nothing());
    assertThat(ReplicaFeed.replayed(versions.get(2), range(4, 6))).isInstanceOf(Step.Reload.class);
  }
}
