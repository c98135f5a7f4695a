package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The merge into a map entry, without a map. */
class ApplyUpdatesTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final int LAST = 12;
  private final List<Update> updates = new ArrayList<>();
  private final List<Snapshot> versions = new ArrayList<>(List.of(Snapshot.ofNew(SPACE)));
  private final List<Update> others = new ArrayList<>();

  ApplyUpdatesTest() {
    Scribe scribe = new Scribe(SPACE);
    for (int i = 1; i <= LAST; i++) {
      updates.add(scribe.set("u" + i, "/k" + i % 3, Json.of(i)));
      versions.add(scribe.snapshot());
    }
    Scribe elsewhere = new Scribe(versions.get(2));
    for (int i = 3; i <= LAST; i++) {
      others.add(elsewhere.set("other" + i, "/k" + i % 3, Json.of(i)));
    }
  }

  /** The updates of versions {@code [from, to)}. */
  private List<Update> range(int from, int to) {
    return updates.subList(from - 1, to - 1);
  }

  private Snapshot at(int version) {
    return versions.get(version);
  }

  private static @Nullable Snapshot merge(Snapshot mine, List<Update> updates) {
    return ApplyUpdates.merge(mine, updates);
  }

  private static void assertIs(@Nullable Snapshot merged, Snapshot wanted) {
    assertThat(merged).isNotNull();
    assertThat(merged == null ? "" : merged.toText()).isEqualTo(wanted.toText());
  }

  @Test
  void whatFollowsApplies() {
    assertIs(merge(at(0), range(1, 2)), at(1));
    assertIs(merge(at(3), range(4, 8)), at(7));
    assertIs(merge(at(3), range(2, 8)), at(7));
  }

  @Test
  void whatIsOlderIsThereAlready() {
    assertThat(merge(at(5), range(2, 6))).isSameAs(at(5));
    assertThat(merge(at(5), range(2, 4))).isSameAs(at(5));
  }

  @Test
  void aGapChangesNothing() {
    assertThat(merge(at(3), range(5, 8))).isSameAs(at(3));
  }

  @Test
  void goesAsFarAsNothingIsMissingBetween() {
    List<Update> interleaved = List.of(updates.get(3), updates.get(4), updates.get(7));
    assertIs(merge(at(3), interleaved), at(5));
    assertThat(merge(at(5), interleaved)).isSameAs(at(5));
    assertThat(merge(at(6), interleaved)).isSameAs(at(6));
    assertIs(merge(at(7), interleaved), at(8));
  }

  @Test
  void anotherHistoryIsToBeReplaced() {
    assertThat(merge(at(3), others.subList(1, 2))).isNull();
    assertThat(merge(at(5), others.subList(0, 3))).as("same version, other leaf").isNull();
    assertIs(merge(at(2), range(3, 5)), at(4));
  }

  @Test
  void aRecordWhoseRootIsWrongIsToBeReplaced() {
    Update forged =
        Update.parse(updates.get(3).text().replace("\"new_value\":4", "\"new_value\":5"));
    assertThat(forged).isNotEqualTo(updates.get(3));
    assertThat(merge(at(3), List.of(forged))).isNull();
  }

  @Test
  void tellsTheVersionThatStands() {
    Map.Entry<String, Snapshot> entry = new SimpleEntry<>(SPACE.text(), null);
    assertThat(new ApplyUpdates(range(2, 4)).process(entry)).isZero();
    assertThat(new ApplyUpdates(range(1, 4)).process(entry)).isEqualTo(3);
    assertThat(new ApplyUpdates(range(2, 3)).process(entry)).isEqualTo(3);
    assertThat(new ApplyUpdates(others.subList(1, 3)).process(entry))
        .isEqualTo(ApplyUpdates.OTHER_HISTORY);
    assertThat(entry.getValue().version()).isEqualTo(3);
    assertThat(new OfferSnapshot(at(2), false).process(entry)).isEqualTo(3);
    assertThat(new OfferSnapshot(at(9), false).process(entry)).isEqualTo(9);
    assertThat(new OfferSnapshot(at(2), true).process(entry)).isEqualTo(2);
    assertThat(new StandingVersion().process(entry)).isEqualTo(2);
  }

  /** Whatever a backup missed, it never holds what is not a version of the log. */
  @Test
  void primaryAndBackupNeverDrift() {
    for (long seed = 1; seed <= 200; seed++) {
      Random random = new Random(seed);
      Map.Entry<String, Snapshot> primary = new SimpleEntry<>(SPACE.text(), null);
      Map.Entry<String, Snapshot> backup = new SimpleEntry<>(SPACE.text(), null);
      for (int i = 0; i < 30; i++) {
        int from = 1 + random.nextInt(LAST);
        int to = from + 1 + random.nextInt(LAST - from + 1);
        ApplyUpdates processor = new ApplyUpdates(range(from, to));
        if (random.nextInt(4) != 0) {
          assertIsAVersion(seed, processor.process(primary), primary);
        }
        if (random.nextInt(4) != 0) {
          assertIsAVersion(seed, processor.getBackupProcessor().process(backup), backup);
        }
      }
      ApplyUpdates all = new ApplyUpdates(updates);
      all.process(primary);
      all.getBackupProcessor().process(backup);
      assertThat(primary.getValue().toText()).as("seed %d", seed).isEqualTo(at(LAST).toText());
      assertThat(backup.getValue().toText()).as("seed %d", seed).isEqualTo(at(LAST).toText());
    }
  }

  private void assertIsAVersion(
      long seed, @Nullable Long version, Map.Entry<String, Snapshot> entry) {
    int standing = version == null ? -1 : version.intValue();
    Snapshot value = entry.getValue();
    assertThat(value == null ? at(0).head() : value.head())
        .as("seed %d", seed)
        .isEqualTo(at(standing).head());
  }
}
