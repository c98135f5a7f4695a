package io.mnemogrid.grid;

import com.hazelcast.core.ReadOnly;
import com.hazelcast.map.EntryProcessor;
import io.mnemogrid.log.Snapshot;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The version that stands in the map, 0 for none, without moving the entry. */
final class StandingVersion implements EntryProcessor<String, Snapshot, Long>, ReadOnly {
  private static final long serialVersionUID = 1;

  @Override
  public Long process(Map.Entry<String, Snapshot> entry) {
    Snapshot mine = entry.getValue();
    return mine == null ? 0 : mine.version();
  }

  @Override
  public @Nullable EntryProcessor<String, Snapshot, Long> getBackupProcessor() {
    return null;
  }
}
