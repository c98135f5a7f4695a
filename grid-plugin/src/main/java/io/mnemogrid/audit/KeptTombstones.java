package io.mnemogrid.audit;

import static io.mnemogrid.audit.Mismatched.equal;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Tag;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.store.StoreRows.SpaceRow;
import io.mnemogrid.store.StoreRows.TombstoneRow;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Compares the stored tombstones with a replay, up to the version to which the store says that it
 * has them. It holds the removals of one page of versions at a time. At that version each removal
 * must have its row or a later one, unless a leaf stands there again; and each row must be a
 * removal. A member that runs meanwhile replaces rows only by newer ones. Used by one thread.
 */
final class KeptTombstones {
  private record Removal(String path, Tag tag) {}

  private final StoreRows rows;
  private final SpaceRow row;
  private final String space;
  private final List<Removal> page = new ArrayList<>();
  private final Set<String> unkept = new HashSet<>();
  private long matched;

  KeptTombstones(StoreRows rows, SpaceRow row, String space) {
    this.rows = rows;
    this.row = row;
    this.space = space;
    if (row.remembered() > row.head().version()) {
      throw new Mismatched(
          space,
          "its tombstones are kept up to version %d, its log ends at %d"
              .formatted(row.remembered(), row.head().version()));
    }
  }

  /** Notes what an update removed; {@code at} is the version that it made. */
  void took(Snapshot at, Update update) {
    if (at.version() > row.remembered()) {
      return;
    }
    for (Changes.Deleted gone : update.fields().changes().deleted()) {
      Tag tag = Objects.requireNonNull(at.state().tombstones().get(gone.path()));
      page.add(new Removal(gone.path().toString(), tag));
    }
    if (at.version() == row.remembered()) {
      compare();
      end(at);
    }
  }

  /** Compares the removals that were noted since the last call. */
  void compare() {
    Map<String, TombstoneRow> kept =
        rows.tombstones(row.id(), page.stream().map(Removal::path).distinct().toList());
    for (Removal removal : page) {
      TombstoneRow found = kept.get(removal.path);
      if (found == null || found.tag().version() < removal.tag.version()) {
        unkept.add(removal.path);
        continue;
      }
      unkept.remove(removal.path);
      if (found.tag().version() == removal.tag.version()) {
        matched++;
        equal(
            space + ", version " + removal.tag.version(),
            "the tombstone kept of " + removal.path,
            found.tag(),
            removal.tag);
      }
    }
    page.clear();
  }

  private void end(Snapshot at) {
    String where = space + ", its tombstones up to version " + at.version();
    for (String path : unkept) {
      if (at.state().leaf(Pointer.parse(path)) == null) {
        throw new Mismatched(where, "that of " + path + " is not kept");
      }
    }
    long all = rows.tombstones(row.id(), at.version());
    if (all > matched) {
      throw new Mismatched(
          where, "%d are kept, only %d of which the log removed".formatted(all, matched));
    }
  }
}
