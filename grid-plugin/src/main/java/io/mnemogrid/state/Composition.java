package io.mnemogrid.state;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The sum of successive {@link Changes}: for each leaf that any of them touched, its value before
 * the first of them and its value after the last. Used by one thread; O(changes · log leaves
 * touched).
 */
public final class Composition {
  private record Net(@Nullable Json before, @Nullable Json after) {}

  private final TreeMap<Pointer, Net> leaves = new TreeMap<>();

  /** Adds changes that follow those added before. */
  public void then(Changes changes) {
    changes.deleted().forEach(change -> put(change.path(), change.oldValue(), null));
    changes.added().forEach(change -> put(change.path(), null, change.value()));
    changes.modified().forEach(change -> put(change.path(), change.oldValue(), change.newValue()));
  }

  private void put(Pointer path, @Nullable Json before, @Nullable Json after) {
    leaves.merge(path, new Net(before, after), (first, last) -> new Net(first.before, last.after));
  }

  /** The changes from the document before the first of them to the document after the last. */
  public Changes forward() {
    return changes(false);
  }

  /** The changes from the document after the last of them to the document before the first. */
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
