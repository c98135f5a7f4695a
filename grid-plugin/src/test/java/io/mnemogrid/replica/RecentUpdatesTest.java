package io.mnemogrid.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentUpdatesTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Json LARGE = Json.of("x".repeat(250_000));

  /** Records of which so many as are kept fit into the bytes of a space. */
  private static final int COUNT = RecentUpdates.MOST + 300;

  private final RecentUpdates recent = new RecentUpdates();

  private static List<Update> large(SpaceName space, int count) {
    Scribe scribe = new Scribe(space);
    List<Update> updates = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      updates.add(scribe.set("u" + i, "/k" + i, LARGE));
    }
    return updates;
  }

  @Test
  void givesBackWhatItKeepsAndNothingWithAHole() {
    List<Update> updates = new Scribe(SPACE).batch("u", COUNT).updates();
    recent.add(updates.subList(0, 100));
    recent.add(updates.subList(90, 100)); // known
    recent.add(updates.subList(100, COUNT));
    long last = COUNT;
    long first = last - RecentUpdates.MOST + 1;
    assertThat(recent.range(SPACE, 690, 701)).isEqualTo(updates.subList(689, 700));
    assertThat(recent.range(SPACE, first, last + 1)).hasSize(RecentUpdates.MOST);
    assertThat(recent.range(SPACE, first - 1, last + 1)).as("its first is gone").isEmpty();
    assertThat(recent.range(SPACE, 690, last + 2)).as("its last did not come yet").isEmpty();
    assertThat(recent.range(SPACE, 300, 300)).isEmpty();
    for (long version = first; version <= last; version++) {
      assertThat(recent.at(SPACE, version)).isSameAs(updates.get((int) version - 1));
    }
    assertThat(recent.at(SPACE, first - 1)).isNull();
    assertThat(recent.at(SPACE, last + 1)).isNull();
    assertThat(recent.at(SpaceName.of("other"), 1)).isNull();
    assertThat(recent.range(SpaceName.of("other"), 1, 2)).isEmpty();
  }

  @Test
  void keepsNothingFromBeforeAGap() {
    List<Update> updates = new Scribe(SPACE).batch("u", 30).updates();
    recent.add(updates.subList(0, 10));
    recent.add(updates.subList(20, 30));
    assertThat(recent.range(SPACE, 5, 11)).isEmpty();
    assertThat(recent.range(SPACE, 5, 31)).isEmpty();
    assertThat(recent.range(SPACE, 21, 31)).hasSize(10);
    assertThat(recent.at(SPACE, 10)).isNull();
    assertThat(recent.at(SPACE, 21)).isSameAs(updates.get(20));
  }

  @Test
  void isBoundedInBytesForEachSpace() {
    List<Update> updates = large(SPACE, 60);
    recent.add(updates);
    assertThat(recent.bytes()).isLessThanOrEqualTo(RecentUpdates.MOST_BYTES);
    int kept = (int) (RecentUpdates.MOST_BYTES / RecentUpdates.sizeBytes(updates.getLast()));
    assertThat(kept).isBetween(10, 20);
    assertThat(recent.range(SPACE, 61 - kept, 61)).hasSize(kept);
    assertThat(recent.range(SPACE, 60 - kept, 61)).isEmpty();
  }

  @Test
  void forgetsTheSpacesThatGrewLongestAgoBeyondItsBound() {
    List<SpaceName> spaces = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      SpaceName space = SpaceName.of("s" + i);
      spaces.add(space);
      recent.add(large(space, 14));
      assertThat(recent.bytes()).isLessThanOrEqualTo(RecentUpdates.MOST_BYTES_IN_ALL);
    }
    List<SpaceName> here =
        spaces.stream().filter(space -> !recent.range(space, 14, 15).isEmpty()).toList();
    assertThat(here).hasSizeBetween(7, 11).isEqualTo(spaces.subList(12 - here.size(), 12));
    here.forEach(recent::forget);
    assertThat(recent.bytes()).isZero();
  }
}
