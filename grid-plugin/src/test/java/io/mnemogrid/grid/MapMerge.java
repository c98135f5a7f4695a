package io.mnemogrid.grid;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.util.AbstractMap.SimpleEntry;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The map's entry processors on an entry that stands in no map, for simulations. */
public final class MapMerge {
  /** What stands in the entry afterwards, and what the caller is told. */
  public record Merged(@Nullable Snapshot value, long told) {}

  private MapMerge() {}

  /** Merges updates, as a primary and as a backup do. */
  public static Merged apply(SpaceName space, @Nullable Snapshot mine, List<Update> updates) {
    Map.Entry<String, @Nullable Snapshot> entry = new SimpleEntry<>(space.text(), mine);
    long told = new ApplyUpdates(updates).process(entry);
    return new Merged(entry.getValue(), told);
  }

  /** Offers a whole head state. */
  public static Merged offer(@Nullable Snapshot mine, Snapshot offered, boolean replace) {
    Map.Entry<String, @Nullable Snapshot> entry = new SimpleEntry<>(offered.space().text(), mine);
    long told = new OfferSnapshot(offered, replace).process(entry);
    return new Merged(entry.getValue(), told);
  }

  /** Whether the caller of {@link #apply} has to replace the entry. */
  public static boolean isOtherHistory(long told) {
    return told == ApplyUpdates.OTHER_HISTORY;
  }
}
