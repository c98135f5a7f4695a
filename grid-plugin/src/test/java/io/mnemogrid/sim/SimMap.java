package io.mnemogrid.sim;

import io.mnemogrid.grid.MapMerge;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The distributed map of head states: an owner and a backup of each entry in every half of a split
 * grid, the real merge on both, backups that a message may miss, and failovers that make the
 * backup's copy the truth of the map. Entries are evicted, because they were idle or because their
 * owner let its replica go; the backup may miss that too.
 */
final class SimMap {
  private static final long PATIENCE = Timeline.SECOND;
  private static final long READ = 500 * Timeline.MILLI;
  private static final long DETECTION = 300 * Timeline.MILLI;

  /** Chances in 100 that an entry is idle for long enough, each time that its owner looks. */
  private static final int IDLE = 10;

  private record Owners(SimMember primary, @Nullable SimMember backup, int size) {}

  private final World world;
  private final Map<Integer, Map<SpaceName, Owners>> owners = new TreeMap<>();

  SimMap(World world) {
    this.world = world;
  }

  /** Members came, went, split or met again: seen a little later. */
  void membersChanged() {
    world.time.after(DETECTION, this::rebalance);
  }

  /** The member that owns a space, as this one sees it. */
  @Nullable SimMember owner(SpaceName space, SimMember asking) {
    Owners known = owners.getOrDefault(asking.group(), Map.of()).get(space);
    return known == null ? null : known.primary;
  }

  /** Owners and backups anew; an entry moves to where it belongs now. */
  void rebalance() {
    Map<Integer, Map<SpaceName, Owners>> before = new TreeMap<>(owners);
    owners.clear();
    Map<Integer, List<SimMember>> groups = new TreeMap<>();
    for (SimMember member : world.members) {
      if (member.isUp() && !member.isClosing()) {
        groups.computeIfAbsent(member.group(), _ -> new ArrayList<>()).add(member);
      }
    }
    for (SpaceName space : world.spaces()) {
      Map<SimMember, Snapshot> moved = new HashMap<>();
      groups.forEach((group, members) -> {
        Snapshot standing = standing(space, members, before);
        List<SimMember> order = new ArrayList<>(members);
        order.sort(
            Comparator.comparingInt(
                member -> 31 * (space.text() + member.index()).hashCode() & 0xff));
        SimMember backup = order.size() > 1 ? order.get(1) : null;
        owners
            .computeIfAbsent(group, _ -> new TreeMap<>())
            .put(space, new Owners(order.getFirst(), backup, order.size()));
        if (standing != null) {
          moved.put(order.getFirst(), standing);
          if (backup != null) {
            moved.put(backup, standing);
          }
        }
      });
      for (SimMember member : world.members) {
        Snapshot entry = moved.get(member);
        if (entry == null) {
          member.entries().remove(space);
        } else {
          put(member, entry);
        }
      }
    }
    if (before.size() > owners.size()) {
      world.members.forEach(this::offerAll);
    }
  }

  /** What the larger half holds: its owner's copy, or the backup's when that is gone. */
  private static @Nullable Snapshot standing(
      SpaceName space, List<SimMember> members, Map<Integer, Map<SpaceName, Owners>> before) {
    Optional<Owners> largest =
        before.values().stream()
            .map(spaces -> spaces.get(space))
            .filter(known -> known != null && members.contains(known.primary))
            .max(Comparator.comparingInt(Owners::size));
    if (largest.isPresent()) {
      Snapshot entry = largest.get().primary.entries().get(space);
      if (entry != null) {
        return entry;
      }
    }
    return before.values().stream()
        .map(spaces -> spaces.get(space))
        .filter(known -> known != null && known.backup != null && members.contains(known.backup))
        .max(Comparator.comparingInt(Owners::size))
        .map(known -> known.backup == null ? null : known.backup.entries().get(space))
        .orElse(null);
  }

  private void put(SimMember member, Snapshot entry) {
    if (member.entries().put(entry.space(), entry) != entry) {
      world.history.held("the map at member " + member.index(), entry);
    }
  }

  /** The owner looks which entries nobody uses. */
  void expire(SimMember owner) {
    for (SpaceName space : List.copyOf(owner.entries().keySet())) {
      if (world.chance(IDLE)) {
        evict(owner, space);
      }
    }
  }

  /** An owner lets an entry go, and its backup does. */
  void evict(SimMember from, SpaceName space) {
    if (owner(space, from) == from && from.entries().remove(space) != null) {
      world.evictedEntries++;
      toBackup(from, space, backup -> backup.entries().remove(space));
    }
  }

  /** Reads an entry in one hop; tells null when there is none, or no answer for a while. */
  void read(SimMember from, SpaceName space, Consumer<@Nullable Snapshot> told) {
    boolean[] answered = new boolean[1];
    Consumer<@Nullable Snapshot> once =
        entry -> {
          if (!answered[0]) {
            answered[0] = true;
            told.accept(entry);
          }
        };
    from.later(READ, () -> once.accept(null));
    atOwner(
        from,
        space,
        owner -> {
          Snapshot entry = owner.entries().get(space);
          world.network.send(owner, from, () -> once.accept(entry));
        });
  }

  /** Merges what {@code from} committed; tells it what stands then, or nothing after a while. */
  void committed(SimMember from, List<Update> updates, Runnable done) {
    SpaceName space = updates.getFirst().space();
    long wanted = updates.getLast().version();
    boolean[] answered = new boolean[1];
    Runnable once =
        () -> {
          if (!answered[0]) {
            answered[0] = true;
            done.run();
          }
        };
    from.later(PATIENCE, once);
    atOwner(
        from,
        space,
        owner -> {
          MapMerge.Merged merged = merge(owner, space, updates);
          set(owner, merged.value());
          toBackup(owner, space, backup -> applyAtBackup(backup, space, updates));
          world.network.send(
              owner,
              from,
              () -> {
                if (merged.told() < wanted) {
                  offer(from, space, MapMerge.isOtherHistory(merged.told()));
                }
                once.run();
              });
        });
  }

  private MapMerge.Merged merge(SimMember owner, SpaceName space, List<Update> updates) {
    Snapshot mine = owner.entries().get(space);
    if (mine == null && updates.getFirst().version() > 1) {
      world.mergedIntoNothing++;
      if (world.twin == Twin.EVICTED_ENTRY_BEGINS_EMPTY) {
        return new MapMerge.Merged(
            blindly(Snapshot.ofNew(space), updates), updates.getLast().version());
      }
    }
    return MapMerge.apply(space, mine, updates);
  }

  /** Puts a member's replica into the map where the map is behind it. */
  void ensure(SimMember from, SpaceName space) {
    Snapshot replica = from.replicas().peek(space);
    if (replica != null) {
      atOwner(
          from,
          space,
          owner -> {
            Snapshot standing = owner.entries().get(space);
            if (standing == null || standing.version() < replica.version()) {
              world.network.send(owner, from, () -> offer(from, space, false));
            }
          });
    }
  }

  private void offerAll(SimMember from) {
    if (from.isUp()) {
      world.spaces().forEach(space -> offer(from, space, false));
    }
  }

  private void offer(SimMember from, SpaceName space, boolean replace) {
    Snapshot replica = from.replicas().peek(space);
    if (replica != null) {
      atOwner(
          from,
          space,
          owner -> {
            set(owner, MapMerge.offer(owner.entries().get(space), replica, replace).value());
            toBackup(
                owner,
                space,
                backup ->
                    set(
                        backup,
                        MapMerge.offer(backup.entries().get(space), replica, replace).value()));
          });
    }
  }

  private void set(SimMember member, @Nullable Snapshot entry) {
    if (entry != null) {
      put(member, entry);
    }
  }

  private void atOwner(SimMember from, SpaceName space, Consumer<SimMember> what) {
    SimMember owner = owner(space, from);
    if (owner != null) {
      world.network.send(
          from,
          owner,
          () -> {
            if (owner(space, owner) == owner) {
              what.accept(owner);
            }
          });
    }
  }

  private void toBackup(SimMember owner, SpaceName space, Consumer<SimMember> what) {
    Owners known = owners.getOrDefault(owner.group(), Map.of()).get(space);
    SimMember backup = known == null ? null : known.backup;
    if (backup != null && !(world.chance(3) && !world.calm)) {
      world.network.send(owner, backup, () -> what.accept(backup));
    }
  }

  private void applyAtBackup(SimMember backup, SpaceName space, List<Update> updates) {
    Snapshot mine = backup.entries().get(space);
    set(
        backup,
        world.twin == Twin.BACKUP_WITHOUT_VERSION_CHECK && mine != null
            ? blindly(mine, updates)
            : MapMerge.apply(space, mine, updates).value());
  }

  /** The known-bad merge: whatever stands there, the changes go in and the version is the last. */
  private Snapshot blindly(Snapshot mine, List<Update> updates) {
    Map<Pointer, Cell.Leaf> leaves = new TreeMap<>();
    mine.state().forEachLeaf(Pointer.ROOT, leaf -> leaves.put(leaf.path(), leaf));
    for (Update update : updates) {
      Changes changes = update.fields().changes();
      Tag tag = new Tag(update.fields().timestamp(), update.fields().author(), update.version());
      changes.deleted().forEach(gone -> leaves.remove(gone.path()));
      changes
          .added()
          .forEach(add -> leaves.put(add.path(), State.leafOf(add.path(), add.value(), tag)));
      changes
          .modified()
          .forEach(set -> leaves.put(set.path(), State.leafOf(set.path(), set.newValue(), tag)));
    }
    Snapshot truth = world.history.versions(mine.space()).get((int) updates.getLast().version());
    List<Cell.Leaf> fitting = new ArrayList<>();
    for (Cell.Leaf leaf : leaves.values()) {
      if (leaves.keySet().stream().noneMatch(other -> other.isAbove(leaf.path()))) {
        fitting.add(leaf);
      }
    }
    return new Snapshot(
        truth.head(), State.of(fitting, mine.state().tombstones()), truth.frontier());
  }

  /** The newest copy that an owner holds. */
  long version(SpaceName space) {
    SimMember owner = owner(space, world.members.getFirst());
    Snapshot entry = owner == null ? null : owner.entries().get(space);
    return entry == null ? 0 : entry.version();
  }
}
