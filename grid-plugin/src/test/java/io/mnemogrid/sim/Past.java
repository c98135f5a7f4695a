package io.mnemogrid.sim;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What was committed to a space long before a run begins: leaves that come and go at the paths
 * where agents meet, others that came and went once, and then so many versions of something else
 * that a state has begun to forget who removed them. Made once for all runs.
 */
final class Past {
  static final SpaceName SPACE = SpaceName.of("old");

  /** Each path is written and removed so often; the versions after these are of something else. */
  private static final int TIMES = 4;

  /** Where leaves were removed once and nobody wrote since, below {@code /shared}. */
  static final List<String> GONE =
      IntStream.range(0, 20).mapToObj(number -> "/gone/k" + number).toList();

  /** So many of the conflicts a run's first state still remembers; its last one none of them. */
  private static final int REMEMBERED = 6;

  private static final Past ONLY = new Past();

  private final List<Update> updates = new ArrayList<>();
  private final List<Snapshot> versions = new ArrayList<>();
  private final Map<Long, Map<Pointer, Tag>> removed = new TreeMap<>();
  private final int conflicts;

  private Past() {
    versions.add(Snapshot.ofNew(SPACE));
    Scribe scribe = new Scribe(versions.getFirst());
    for (int i = 0; i < TIMES; i++) {
      for (String path : Agent.PATHS) {
        Json value = path.equals("/o") ? Json.parse("{\"a\":1,\"c\":{\"d\":2}}") : Json.of(i);
        add(scribe.set("set-" + updates.size(), "/shared" + path, value), scribe);
        add(scribe.delete("delete-" + updates.size(), "/shared" + path), scribe);
      }
    }
    for (String path : GONE) {
      add(scribe.set("set-" + updates.size(), "/shared" + path, Json.TRUE), scribe);
      add(scribe.delete("delete-" + updates.size(), "/shared" + path), scribe);
    }
    this.conflicts = updates.size();
    for (int i = 0; i < State.REMEMBERED_VERSIONS - REMEMBERED; i++) {
      add(scribe.set("other-" + i, "/others/k" + i % 10, Json.of(i)), scribe);
    }
  }

  private void add(Update update, Scribe scribe) {
    updates.add(update);
    Snapshot at = scribe.snapshot();
    versions.add(at);
    Map<Pointer, Tag> gone = at.state().tombstonesSince(at.version() - 1);
    if (!gone.isEmpty()) {
      removed.put(at.version(), gone);
    }
  }

  static Past only() {
    return ONLY;
  }

  List<Update> updates() {
    return updates;
  }

  /** The space at each version from 0. */
  List<Snapshot> versions() {
    return versions;
  }

  /** What each version removed; those that removed nothing are not there. */
  Map<Long, Map<Pointer, Tag>> removed() {
    return removed;
  }

  /** The version with which a run begins. */
  int version() {
    return updates.size();
  }

  /** Up to this version leaves came and went. */
  int conflicts() {
    return conflicts;
  }

  /** When that version was committed. */
  Instant time(int version) {
    return versions.get(version).head().committed();
  }
}
