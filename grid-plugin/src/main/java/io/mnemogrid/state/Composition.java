package io.mnemogrid.state;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What many successive {@link Changes} come to: of each leaf that any of them touched, the value
 * before the first and after the last. Used by one thread; O(changes · log leaves touched).
 */
public final class Composition {
  private record Net(@Nullable Json before, @Nullable Json after) {}

  private final TreeMap<Pointer, Net> leaves = new TreeMap<>();

  /** Adds the changes that came next. */
  public void then(Changes changes) {
    changes.deleted().forEach(change -> put(change.path(), change.oldValue(), null));
    changes.added().forEach(change -> put(change.path(), null, change.value()));
    changes.modified().forEach(change -> put(change.path(), change.oldValue(), change.newValue()));
  }

  private void put(Pointer path, @Nullable Json before, @Nullable Json after) {
    leaves.merge(path, new Net(before, after), (first, last) -> new Net(first.before, last.after));
  }

  /** From the document before the first changes to that after the last. */
  public Changes forward() {
    return changes(false);
  }

  /** From the document after the last changes to that before the first. */
  public Changes backward() {
    return changes(true);
  }

  private Changes changes(boolean reversed) {
    List<Changes.Added> added = new ArrayList<>();
    List<Changes.Deleted> deleted = new ArrayList<>();
    List<Changes.Modified> modified = new ArrayList<>();
    leaves.forEach((path, net) -> {
      Json from = reversed ? net.after : net.before;
      Json to = reversed ? net.before : net.after;
      if (from == null) {
        if (to != null) {
          added.add(new Changes.Added(path, to));
        }
      } else if (to == null) {
        deleted.add(new Changes.Deleted(path, from));
      } else if (!from.equals(to)) {
        modified.add(new Changes.Modified(path, to, from));
      }
    });
    return new Changes(added, deleted, modified);
  }
}
