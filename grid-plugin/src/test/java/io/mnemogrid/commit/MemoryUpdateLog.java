package io.mnemogrid.commit;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Found;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.SnapshotRetention;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The log in memory, for simulations: the same contract as the real ones, and a clock to set. */
public class MemoryUpdateLog implements UpdateLog {
  private final Supplier<Instant> clock;
  private final Map<SpaceName, Rows> spaces = new TreeMap<>();
  private long foundBytes = FOUND_BYTES;
  private long changes; // of heads, so far

  private static final class Rows {
    final String policy;
    LogHead head;
    final List<@Nullable Update> updates = new ArrayList<>(); // null where a row is lost
    final Map<UpdateId, Update> byId = new HashMap<>();
    final TreeMap<Long, Snapshot> snapshots = new TreeMap<>();
    final TreeMap<Pointer, Tag> tombstones = new TreeMap<>();
    long remembered;
    long changed; // the last of the changes that was one of this head

    Rows(SpaceName space, String policy) {
      this.policy = policy;
      this.head = LogHead.ofNew(space);
    }

    void add(Update update) {
      updates.add(update);
      byId.put(update.id(), update);
      head = LogHead.after(update);
    }

    /** The rows of versions {@code (since, to]}, up to the head row's. */
    List<Update> between(long since, long to) {
      List<Update> found = new ArrayList<>();
      for (long at = since; at < Math.min(to, updates.size()); at++) {
        Update update = updates.get((int) at);
        if (update == null) {
          throw new BrokenHistory(head.space(), at + 1, "is missing");
        }
        found.add(update);
      }
      return found;
    }
  }

  /** A log whose clock is the host's. */
  public MemoryUpdateLog() {
    this(Instant::now);
  }

  /** A log with that clock. */
  public MemoryUpdateLog(Supplier<Instant> clock) {
    this.clock = clock;
  }

  /** From now on a look-up of ids answers at most so many bytes. */
  synchronized void findAtMost(long bytes) {
    foundBytes = bytes;
  }

  @Override
  public synchronized Instant now() {
    return clock.get().truncatedTo(ChronoUnit.MILLIS);
  }

  @Override
  public synchronized boolean create(SpaceName space, String policy) {
    Rows rows = new Rows(space, policy);
    if (spaces.putIfAbsent(space, rows) != null) {
      return false;
    }
    rows.changed = ++changes;
    return true;
  }

  @Override
  public synchronized boolean create(SpaceName space, Update first) {
    return create(space, "{}")
        && append(List.of(new Batch(LogHead.ofNew(space), List.of(first)))).getFirst()
            instanceof Appended.Committed;
  }

  @Override
  public synchronized Map<SpaceName, String> keptPolicies() {
    Map<SpaceName, String> kept = new TreeMap<>();
    spaces.forEach((space, rows) -> {
      if (!rows.policy.equals("{}")) {
        kept.put(space, rows.policy);
      }
    });
    return kept;
  }

  @Override
  public synchronized List<Appended> append(List<Batch> batches) {
    Set<SpaceName> seen = new HashSet<>();
    for (Batch batch : batches) {
      if (!seen.add(batch.space())) {
        throw new IllegalArgumentException("two batches for space " + batch.space());
      }
      refuseWhatDoesNotFollow(batch);
    }
    return batches.stream().map(this::append).toList();
  }

  private static void refuseWhatDoesNotFollow(Batch batch) {
    LogHead before = batch.expected();
    Set<UpdateId> ids = new HashSet<>();
    for (Update update : batch.updates()) {
      if (!update.space().equals(before.space())
          || update.version() != before.version() + 1
          || !update.previous().equals(before.leafHash())
          || update.fields().committed().isBefore(before.committed())
          || !ids.add(update.id())) {
        throw new IllegalArgumentException(update + " does not follow " + before);
      }
      before = LogHead.after(update);
    }
  }

  private Appended append(Batch batch) {
    Rows rows = spaces.get(batch.space());
    if (rows == null) {
      return new Appended.NoSpace();
    }
    int end = rows.updates.size();
    while (end > 0 && rows.updates.get(end - 1) == null) {
      end--;
    }
    if (end != rows.head.version()) {
      return broken(batch, rows.head.version(), "the log ends at " + end);
    }
    if (!rows.head.isSame(batch.expected())) {
      return new Appended.Moved(rows.head);
    }
    Found known = find(batch.space(), batch.updates().stream().map(Update::id).toList());
    for (Map.Entry<UpdateId, Update> row : known.updates().entrySet()) {
      if (!row.getValue().id().equals(row.getKey())) {
        return broken(batch, row.getValue().version(), "its record is another");
      }
    }
    if (!known.updates().isEmpty()) {
      return new Appended.Known(known);
    }
    batch.updates().forEach(rows::add);
    rows.changed = ++changes;
    return new Appended.Committed();
  }

  private static Appended broken(Batch batch, long version, String what) {
    return new Appended.Broken(new BrokenHistory(batch.space(), version, what));
  }

  /** Loses the row of a version. */
  public synchronized void lose(SpaceName space, long version) {
    Rows rows = spaces.get(space);
    if (rows != null) {
      rows.updates.set((int) version - 1, null);
    }
  }

  /** Puts another record where that of a version stands. */
  synchronized void forge(SpaceName space, long version, Update record) {
    Rows rows = spaces.get(space);
    if (rows != null) {
      Update old = Objects.requireNonNull(rows.updates.set((int) version - 1, record));
      rows.byId.put(old.id(), record);
    }
  }

  /** What no log may do: rows without any condition. For the known-bad twins. */
  public synchronized void insertBlindly(List<Batch> batches) {
    for (Batch batch : batches) {
      Rows rows = spaces.get(batch.space());
      if (rows != null) {
        batch.updates().forEach(rows::add);
        rows.changed = ++changes;
      }
    }
  }

  /** All records of a space, as they stand. */
  public synchronized List<Update> all(SpaceName space) {
    Rows rows = spaces.get(space);
    return rows == null ? List.of() : rows.between(0, Long.MAX_VALUE);
  }

  private List<Update> between(SpaceName space, long since, long to) {
    Rows rows = spaces.get(space);
    return rows == null ? List.of() : rows.between(since, to);
  }

  /** Replaces a space's rows by the first {@code version} ones: a store restored from a copy. */
  public synchronized void restore(SpaceName space, long version) {
    Rows old = spaces.remove(space);
    if (old == null) {
      return;
    }
    Rows rows = new Rows(space, old.policy);
    old.between(0, version).forEach(rows::add);
    rows.changed = old.changed;
    spaces.put(space, rows);
    changes--; // it has fewer than those who asked know of
  }

  /** Loses a space: a store restored from a copy without it. */
  public synchronized void drop(SpaceName space) {
    spaces.remove(space);
  }

  @Override
  public synchronized List<LogHead> heads() {
    return spaces.values().stream().map(rows -> rows.head).toList();
  }

  @Override
  public synchronized HeadChanges headsSince(long mark) {
    boolean isAll = mark == 0 || mark > changes;
    List<LogHead> changed =
        spaces.values().stream()
            .filter(rows -> isAll || rows.changed > mark)
            .map(rows -> rows.head)
            .toList();
    return new HeadChanges(changed, changes, isAll);
  }

  @Override
  public synchronized Optional<LogHead> head(SpaceName space) {
    return Optional.ofNullable(spaces.get(space)).map(rows -> rows.head);
  }

  @Override
  public synchronized Optional<String> policy(SpaceName space) {
    return Optional.ofNullable(spaces.get(space)).map(rows -> rows.policy);
  }

  @Override
  public synchronized List<Update> read(SpaceName space, long since, int limit) {
    if (since < 0 || limit < 0) {
      throw new IllegalArgumentException("from " + since + ", at most " + limit);
    }
    Rows rows = spaces.get(space);
    List<Update> page = new ArrayList<>();
    long bytes = 0;
    while (rows != null && page.size() < limit && since + page.size() < rows.updates.size()) {
      long at = since + page.size();
      Update update = rows.between(at, at + 1).getFirst();
      bytes += update.sizeBytes();
      if (bytes > PAGE_BYTES && !page.isEmpty()) {
        break;
      }
      page.add(update);
    }
    return page;
  }

  @Override
  public synchronized List<Hash> leafHashes(SpaceName space, long since, int limit) {
    return between(space, since, since + limit).stream().map(Update::leafHash).toList();
  }

  @Override
  public synchronized Found find(SpaceName space, Collection<UpdateId> ids) {
    Rows rows = spaces.get(space);
    Map<UpdateId, Update> found = new HashMap<>();
    List<UpdateId> left = new ArrayList<>(ids);
    long bytes = 0;
    for (UpdateId id : ids) {
      Update update = rows == null ? null : rows.byId.get(id);
      if (update != null) {
        bytes += update.sizeBytes();
        if (bytes > foundBytes && !found.isEmpty()) {
          return new Found(found, left);
        }
        found.put(id, update);
      }
      left.removeFirst();
    }
    return new Found(found, left);
  }

  @Override
  public synchronized long versionAt(SpaceName space, Instant time) {
    return all(space).stream()
        .takeWhile(update -> !update.fields().committed().isAfter(time))
        .count();
  }

  @Override
  public synchronized void save(Snapshot snapshot) {
    if (snapshot.version() == 0) {
      return;
    }
    Rows rows = rowsOf(snapshot);
    rows.snapshots.put(snapshot.version(), snapshot);
    SnapshotRetention.dropped(rows.snapshots.navigableKeySet()).forEach(rows.snapshots::remove);
  }

  private Rows rowsOf(Snapshot snapshot) {
    Rows rows = spaces.get(snapshot.space());
    boolean ours =
        between(snapshot.space(), snapshot.version() - 1, snapshot.version()).stream()
            .anyMatch(update -> update.leafHash().equals(snapshot.head().leafHash()));
    if (rows == null || !ours) {
      throw new IllegalArgumentException("version " + snapshot.version() + " is not of this log");
    }
    return rows;
  }

  @Override
  public synchronized long remembered(SpaceName space) {
    Rows rows = spaces.get(space);
    return rows == null ? 0 : rows.remembered;
  }

  @Override
  public synchronized boolean remember(Snapshot at) {
    if (at.version() <= remembered(at.space())) {
      return true;
    }
    Rows rows = rowsOf(at);
    if (rows.remembered < at.version() - State.REMEMBERED_VERSIONS) {
      return false;
    }
    rows.tombstones.putAll(at.state().tombstonesSince(rows.remembered));
    rows.remembered = at.version();
    return true;
  }

  @Override
  public synchronized OldTombstones recall(
      SpaceName space, long since, Collection<Pointer> at, Collection<Pointer> around) {
    Rows rows = spaces.get(space);
    TreeMap<Pointer, Tag> found = new TreeMap<>();
    if (rows == null) {
      return new OldTombstones(0, found, false);
    }
    for (Pointer path : at) {
      Tag tag = rows.tombstones.get(path);
      if (tag != null) {
        found.put(path, tag);
      }
    }
    around.forEach(read -> State.forEachAround(rows.tombstones, read, found::put));
    found.values().removeIf(tag -> tag.version() <= since);
    boolean cut = found.size() > at.size() + OldTombstones.MOST_BELOW;
    return new OldTombstones(rows.remembered, found, cut);
  }

  @Override
  public synchronized Optional<Snapshot> snapshot(SpaceName space, long atMost) {
    return Optional.ofNullable(spaces.get(space))
        .map(rows -> rows.snapshots.floorEntry(atMost))
        .map(Map.Entry::getValue);
  }
}
