package io.mnemogrid.sim;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What was committed to a space long before a run begins: leaves that come and go at the paths
 * where agents meet, and then so many versions of something else that a state has begun to forget
 * who removed them. Made once for all runs.
 */
final class Past {
  static final SpaceName SPACE = SpaceName.of("old");

  /** Each path is written and removed so often; the versions after these are of something else. */
  private static final int TIMES = 4;

  /** So many of the conflicts a run's first state still remembers; its last one none of them. */
  private static final int REMEMBERED = 6;

  private static final Past ONLY = new Past();

  private final List<Update> updates = new ArrayList<>();
  private final List<Snapshot> versions = new ArrayList<>();
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
    this.conflicts = updates.size();
    for (int i = 0; i < State.REMEMBERED_VERSIONS - REMEMBERED; i++) {
      add(scribe.set("other-" + i, "/others/k" + i % 10, Json.of(i)), scribe);
    }
  }

  private void add(Update update, Scribe scribe) {
    updates.add(update);
    versions.add(scribe.snapshot());
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
