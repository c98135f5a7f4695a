package io.mnemogrid.merge;

import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Superseded;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Cuts what a delta changes into the changes of several versions, so that each fits into a record.
 *
 * <p>A record holds old values, so a short request that removes much has a large record. Deletions
 * may be cut anywhere. All of them come before what is set, so the changes of each version fit the
 * version before, and the last version is the document that was asked for.
 *
 * <p>What an edit sets stays together in the last version, because nobody must see half of it as a
 * state that somebody wanted to write. If that alone does not fit into a record, there is no cut,
 * and the delta is refused. What a rollback sets may be cut anywhere too, because it recovers what
 * was once written.
 */
final class Parts {
  /** Most bytes of one record (FORMATS §4). */
  static final int MAX_RECORD_BYTES = 7 << 20;

  /**
   * Room for the member names, hashes and times of a record, and for the ids and words that an
   * author chooses.
   */
  static final int FRAME_BYTES = 4 << 10;

  /** Room for the commas, braces and member names of one entry of a list. */
  private static final int ENTRY_BYTES = 48;

  private static final int CONFLICT_BYTES = ENTRY_BYTES + 128 + 20; // with an author and a version

  /** What one version changes. */
  record Part(Changes changes, List<Superseded> superseded, List<Overrode> overrode) {}

  private final List<Part> parts = new ArrayList<>();
  private final Map<Pointer, Overrode> overrode = new HashMap<>();
  private List<Changes.Added> added = new ArrayList<>();
  private List<Changes.Deleted> deleted = new ArrayList<>();
  private List<Changes.Modified> modified = new ArrayList<>();
  private List<Overrode> beaten = new ArrayList<>();
  private final long most;
  private long bytes = FRAME_BYTES; // of the part that is being filled

  private Parts(long most) {
    this.most = most;
  }

  /**
   * The parts, at least one, in their order; empty where what a delta sets is too much for one
   * record. O(changes).
   */
  static List<Part> of(
      Changes changes, List<Superseded> superseded, List<Overrode> overrode, boolean recovers) {
    return of(changes, superseded, overrode, recovers, MAX_RECORD_BYTES);
  }

  /** Makes parts whose records have at most {@code most} bytes. */
  static List<Part> of(
      Changes changes,
      List<Superseded> superseded,
      List<Overrode> overrode,
      boolean recovers,
      long most) {
    return sizeBytes(changes, superseded, overrode) <= most
        ? List.of(new Part(changes, superseded, overrode))
        : new Parts(most).cut(changes, superseded, overrode, recovers);
  }

  /** About how many bytes a record with these has; never fewer than it has. */
  static long sizeBytes(Changes changes, List<Superseded> superseded, List<Overrode> overrode) {
    long bytes = FRAME_BYTES;
    for (Changes.Added change : changes.added()) {
      bytes += size(change);
    }
    for (Changes.Deleted change : changes.deleted()) {
      bytes += size(change);
    }
    for (Changes.Modified change : changes.modified()) {
      bytes += size(change);
    }
    for (Superseded lost : superseded) {
      bytes += size(lost);
    }
    for (Overrode one : overrode) {
      bytes += size(one);
    }
    return bytes;
  }

  private List<Part> cut(
      Changes changes, List<Superseded> lost, List<Overrode> won, boolean recovers) {
    won.forEach(one -> overrode.put(one.path(), one));
    for (Changes.Deleted change : changes.deleted()) {
      room(size(change) + sizeOfBeaten(change.path()));
      deleted.add(change);
      take(change.path());
    }
    long sets = setBytes(changes, lost);
    if (!recovers) {
      if (sets > most) {
        return List.of();
      }
      room(sets - FRAME_BYTES);
    }
    for (Changes.Modified change : changes.modified()) {
      if (recovers) {
        room(size(change));
      }
      modified.add(change);
      take(change.path());
    }
    for (Changes.Added change : changes.added()) {
      if (recovers) {
        room(size(change));
      }
      added.add(change);
      take(change.path());
    }
    won.forEach(one -> take(one.path())); // tombstones, where nothing was changed in the end
    close(lost);
    return parts;
  }

  /**
   * The bytes of a part with all that an edit sets: with the values that are replaced, and with
   * what the edit beats and loses.
   */
  private long setBytes(Changes changes, List<Superseded> lost) {
    return sizeBytes(
        new Changes(changes.added(), List.of(), changes.modified()),
        lost,
        List.copyOf(overrode.values()));
  }

  /** Begins another part if {@code needed} bytes more do not fit into this one. */
  private void room(long needed) {
    if (bytes > FRAME_BYTES && bytes + needed > most) {
      close(List.of());
    }
    bytes += needed;
  }

  private void close(List<Superseded> lost) {
    beaten.sort(Comparator.comparing(Overrode::path));
    parts.add(new Part(new Changes(added, deleted, modified), lost, beaten));
    added = new ArrayList<>();
    deleted = new ArrayList<>();
    modified = new ArrayList<>();
    beaten = new ArrayList<>();
    bytes = FRAME_BYTES;
  }

  private long sizeOfBeaten(Pointer path) {
    Overrode one = overrode.get(path);
    return one == null ? 0 : size(one);
  }

  private void take(Pointer path) {
    Overrode one = overrode.remove(path);
    if (one != null) {
      beaten.add(one);
    }
  }

  private static long size(Changes.Added change) {
    return ENTRY_BYTES + size(change.path()) + change.value().sizeBytes();
  }

  private static long size(Changes.Deleted change) {
    return ENTRY_BYTES + size(change.path()) + change.oldValue().sizeBytes();
  }

  private static long size(Changes.Modified change) {
    return ENTRY_BYTES
        + size(change.path())
        + change.newValue().sizeBytes()
        + change.oldValue().sizeBytes();
  }

  private static long size(Superseded lost) {
    return CONFLICT_BYTES
        + size(lost.path())
        + (lost.value() == null ? 0 : lost.value().sizeBytes());
  }

  private static long size(Overrode one) {
    return CONFLICT_BYTES + size(one.path()) + (one.value() == null ? 0 : one.value().sizeBytes());
  }

  private static long size(Pointer path) {
    return Json.sizeBytes(path.toString());
  }
}
