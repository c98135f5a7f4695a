package io.mnemogrid.merge;

import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import io.mnemogrid.state.Tag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The slow obvious twin of {@link Resolver} and {@link State}: a space as flat maps of pointer
 * texts, its rules written down from docs/conflicts.md sentence by sentence. Every question is a
 * scan.
 */
final class SlowSpace {
  record Standing(Json value, Tag tag) {}

  /** A write to one path that a change would undo; {@code value} is null for a tombstone. */
  record Rival(String path, @Nullable Json value, Tag tag) {}

  /** What became of a delta; {@code refused} is the code, null when it was accepted. */
  record Result(
      @Nullable String refused,
      Changes changes,
      List<Superseded> superseded,
      List<Overrode> overrode,
      SlowSpace next) {}

  private static final Comparator<Rival> STRENGTH =
      Comparator.comparing((Rival rival) -> rival.tag().time())
          .thenComparing(rival -> rival.tag().author().name())
          .thenComparing(rival -> rival.tag().version());

  final TreeMap<String, Standing> leaves;
  final TreeMap<String, Tag> tombstones;
  final long version;
  private final Set<Long> ownVersions = new HashSet<>();

  private SlowSpace(
      TreeMap<String, Standing> leaves, TreeMap<String, Tag> tombstones, long version) {
    this.leaves = leaves;
    this.tombstones = tombstones;
    this.version = version;
  }

  static SlowSpace empty() {
    return new SlowSpace(new TreeMap<>(), new TreeMap<>(), 0);
  }

  /** The same, read out of a state. */
  static SlowSpace copyOf(State state, long version) {
    SlowSpace copy = new SlowSpace(new TreeMap<>(), new TreeMap<>(), version);
    state
        .trie()
        .forEach(cell -> {
          if (cell instanceof Cell.Leaf leaf) {
            copy.leaves.put(leaf.path().toString(), new Standing(leaf.value(), leaf.tag()));
          }
        });
    state.tombstones().forEach((path, tag) -> copy.tombstones.put(path.toString(), tag));
    return copy;
  }

  Result resolve(Delta.Edit delta) {
    return resolve(delta, Set.of());
  }

  /**
   * As {@link #resolve(Delta.Edit)}, for a delta of a list whose deltas before it made these
   * versions.
   */
  Result resolve(Delta.Edit delta, Set<Long> own) {
    ownVersions.clear();
    ownVersions.addAll(own);
    String refusal = refusal(delta);
    if (refusal != null) {
      return new Result(refusal, Changes.NONE, List.of(), List.of(), this);
    }
    TreeMap<String, Json> after = values();
    List<Superseded> superseded = new ArrayList<>();
    TreeMap<String, Overrode> overrode = new TreeMap<>();
    for (Change change : delta.changes()) {
      List<Rival> unseen = unseenRivals(change, delta.base());
      Rival greatest = unseen.stream().max(STRENGTH).orElse(null);
      if (greatest != null && !beats(delta, greatest)) {
        Json value = change instanceof Change.Put put ? put.value() : null;
        superseded.add(
            new Superseded(
                change.path(), value, greatest.tag().author(), greatest.tag().version()));
        continue;
      }
      for (Rival beaten : unseen) {
        overrode.put(
            beaten.path() + '\0' + beaten.tag().version(),
            new Overrode(
                Pointer.parse(beaten.path()),
                beaten.value(),
                beaten.tag().author(),
                beaten.tag().version()));
      }
      apply(change, after);
    }
    superseded.sort(
        Comparator.comparing((Superseded lost) -> lost.path().toString())
            .thenComparing(Superseded::byVersion));
    Changes changes = difference(values(), after);
    List<Overrode> beaten = new ArrayList<>(overrode.values());
    beaten.sort(
        Comparator.comparing((Overrode write) -> write.path().toString())
            .thenComparing(Overrode::version));
    return new Result(null, changes, superseded, beaten, next(delta, changes));
  }

  private @Nullable String refusal(Delta.Edit delta) {
    List<String> paths = delta.changes().stream().map(change -> change.path().toString()).toList();
    for (int i = 0; i < paths.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (overlap(paths.get(i), paths.get(j))) {
          return "overlapping-paths";
        }
      }
    }
    for (String path : paths) {
      for (Map.Entry<String, Standing> leaf : leaves.entrySet()) {
        if (isAbove(leaf.getKey(), path) && leaf.getValue().value() instanceof Json.Arr) {
          return "path-through-array";
        }
      }
    }
    for (Change change : delta.changes()) {
      Json reserved =
          change.path().equals(Pointer.ROOT) && change instanceof Change.Put put
              ? put.value().member("_mnemogrid")
              : null;
      if (reserved != null && !reserved.equals(valueAt("/_mnemogrid"))) {
        return "policy";
      }
    }
    if (delta.base() > version) {
      return "version-ahead";
    }
    return delta.strict() && hasStrictConflict(delta) ? "strict-conflict" : null;
  }

  boolean hasStrictConflict(Delta.Edit delta) {
    for (Change change : delta.changes()) {
      Json old = change.oldValue();
      String path = change.path().toString();
      boolean stands =
          old == null
              || old.equals(valueAt(path))
              || path.isEmpty() && old.equals(document(withoutReserved(values())));
      if (!stands) {
        return true;
      }
      if (!unseenRivals(change, delta.base()).isEmpty()) {
        return true;
      }
    }
    for (Pointer read : delta.reads()) {
      for (Map.Entry<String, Standing> leaf : leaves.entrySet()) {
        if (overlap(leaf.getKey(), read.toString())
            && isUnseen(leaf.getValue().tag(), delta.base())) {
          return true;
        }
      }
      for (Map.Entry<String, Tag> tombstone : tombstones.entrySet()) {
        if (overlap(tombstone.getKey(), read.toString())
            && isUnseen(tombstone.getValue(), delta.base())) {
          return true;
        }
      }
    }
    return false;
  }

  List<Rival> unseenRivals(Change change, long base) {
    return rivals(change).stream().filter(rival -> isUnseen(rival.tag(), base)).toList();
  }

  private boolean isUnseen(Tag tag, long base) {
    return tag.version() > base && !ownVersions.contains(tag.version());
  }

  private List<Rival> rivals(Change change) {
    String path = change.path().toString();
    List<Rival> rivals = new ArrayList<>();
    switch (change) {
      case Change.Delete _ ->
          leaves.forEach((at, leaf) -> {
            boolean left = path.isEmpty() && isReserved(at);
            if (!left && (at.equals(path) || isAbove(path, at))) {
              rivals.add(new Rival(at, leaf.value(), leaf.tag()));
            }
          });
      case Change.Put put -> {
        TreeMap<String, Json> writes = flatten(path, put.value());
        if (path.isEmpty()) {
          writes.keySet().removeIf(SlowSpace::isReserved);
        }
        if (path.isEmpty()
            ? writes.equals(withoutReserved(values()))
            : put.value().equals(valueAt(path))) {
          return rivals; // setting what stands changes nothing
        }
        leaves.forEach((at, leaf) -> {
          boolean left = path.isEmpty() && isReserved(at);
          boolean within = !left && (at.equals(path) || isAbove(path, at));
          boolean above = isAbove(at, path) && !leaf.value().equals(Json.EMPTY_OBJECT);
          if (within && !leaf.value().equals(writes.get(at)) || above) {
            rivals.add(new Rival(at, leaf.value(), leaf.tag()));
          }
        });
        TreeSet<String> places = new TreeSet<>(writes.keySet());
        places.add(path);
        for (String place : places) {
          Tag tag = tombstones.get(place);
          if (tag != null) {
            rivals.add(new Rival(place, null, tag));
          }
        }
      }
    }
    return rivals;
  }

  private static boolean beats(Delta.Edit delta, Rival rival) {
    int order = delta.timestamp().compareTo(rival.tag().time());
    if (order == 0) {
      order = delta.author().name().compareTo(rival.tag().author().name());
    }
    return order >= 0; // equal means the later in the log, which is the delta
  }

  private static void apply(Change change, TreeMap<String, Json> values) {
    String path = change.path().toString();
    boolean stood = values.keySet().stream().anyMatch(at -> at.equals(path) || isAbove(path, at));
    switch (change) {
      case Change.Put put -> {
        values.keySet().removeIf(at -> overlap(at, path) && !(path.isEmpty() && isReserved(at)));
        values.putAll(flatten(path, put.value()));
      }
      case Change.Delete _ -> {
        values
            .keySet()
            .removeIf(at ->
                (at.equals(path) || isAbove(path, at)) && !(path.isEmpty() && isReserved(at)));
        String parent = path.isEmpty() ? "" : path.substring(0, path.lastIndexOf('/'));
        if (stood
            && !parent.isEmpty()
            && values.keySet().stream().noneMatch(at -> isAbove(parent, at))) {
          values.put(parent, Json.EMPTY_OBJECT);
        }
      }
    }
  }

  private SlowSpace next(Delta.Edit delta, Changes changes) {
    SlowSpace next = new SlowSpace(new TreeMap<>(leaves), new TreeMap<>(tombstones), version + 1);
    TreeMap<String, Instant> replaced = new TreeMap<>();
    changes.deleted().forEach(gone -> replaced.put(gone.path().toString(), timeAt(gone.path())));
    changes
        .modified()
        .forEach(change -> replaced.put(change.path().toString(), timeAt(change.path())));
    changes
        .deleted()
        .forEach(gone -> {
          next.leaves.remove(gone.path().toString());
          next.tombstones.put(gone.path().toString(), tag(delta, gone.path(), replaced));
        });
    changes
        .added()
        .forEach(add -> {
          TreeMap<String, Instant> before = new TreeMap<>(replaced);
          Tag removed = tombstones.get(add.path().toString());
          if (removed != null && version - removed.version() < 10_000) {
            before.put(add.path().toString(), removed.time());
          }
          next.leaves.put(
              add.path().toString(), new Standing(add.value(), tag(delta, add.path(), before)));
          next.tombstones.remove(add.path().toString());
        });
    changes
        .modified()
        .forEach(change ->
            next.leaves.put(
                change.path().toString(),
                new Standing(change.newValue(), tag(delta, change.path(), replaced))));
    return next;
  }

  private Instant timeAt(Pointer path) {
    return Objects.requireNonNull(leaves.get(path.toString())).tag().time();
  }

  private Tag tag(Delta.Edit delta, Pointer path, TreeMap<String, Instant> replaced) {
    Instant time = delta.timestamp();
    for (Map.Entry<String, Instant> old : replaced.entrySet()) {
      if (overlap(old.getKey(), path.toString()) && old.getValue().isAfter(time)) {
        time = old.getValue();
      }
    }
    return new Tag(time, delta.author(), version + 1);
  }

  TreeMap<String, Json> values() {
    TreeMap<String, Json> values = new TreeMap<>();
    leaves.forEach((path, leaf) -> values.put(path, leaf.value()));
    return values;
  }

  /** The leaves that differ between two documents. */
  static Changes difference(TreeMap<String, Json> before, TreeMap<String, Json> after) {
    List<Changes.Added> added = new ArrayList<>();
    List<Changes.Deleted> deleted = new ArrayList<>();
    List<Changes.Modified> modified = new ArrayList<>();
    TreeSet<String> paths = new TreeSet<>(before.keySet());
    paths.addAll(after.keySet());
    for (String path : paths) {
      Pointer pointer = Pointer.parse(path);
      Json old = before.get(path);
      Json now = after.get(path);
      if (old == null && now != null) {
        added.add(new Changes.Added(pointer, now));
      } else if (old != null && now == null) {
        deleted.add(new Changes.Deleted(pointer, old));
      } else if (old != null && now != null && !old.equals(now)) {
        modified.add(new Changes.Modified(pointer, now, old));
      }
    }
    return new Changes(added, deleted, modified);
  }

  /** What stands at a path, followed from the whole document down. */
  @Nullable Json valueAt(String path) {
    Json at = document();
    for (String segment : Pointer.parse(path).segments()) {
      switch (at) {
        case Json.Obj object -> {
          Json member = object.get(segment);
          if (member == null) {
            return null;
          }
          at = member;
        }
        case Json.Arr array -> {
          if (!segment.matches("0|[1-9][0-9]{0,5}")
              || Integer.parseInt(segment) >= array.items().size()) {
            return null;
          }
          at = array.items().get(Integer.parseInt(segment));
        }
        case Json.Null _, Json.Bool _, Json.Num _, Json.Str _ -> {
          return null;
        }
      }
    }
    return at;
  }

  Json.Obj document() {
    return document(values());
  }

  /** The document that has these leaves. */
  static Json.Obj document(TreeMap<String, Json> leaves) {
    Json.Obj document = Json.EMPTY_OBJECT;
    for (Map.Entry<String, Json> leaf : leaves.entrySet()) {
      document = with(document, Pointer.parse(leaf.getKey()).segments(), leaf.getValue());
    }
    return document;
  }

  private static Json.Obj with(Json.Obj object, List<String> segments, Json value) {
    String name = segments.getFirst();
    if (segments.size() == 1) {
      return object.with(name, value);
    }
    Json.Obj inner = object.get(name) instanceof Json.Obj below ? below : Json.EMPTY_OBJECT;
    return object.with(name, with(inner, segments.subList(1, segments.size()), value));
  }

  private static TreeMap<String, Json> flatten(String path, Json value) {
    TreeMap<String, Json> leaves = new TreeMap<>();
    if (value instanceof Json.Obj object && !object.isEmpty()) {
      object
          .members()
          .forEach((name, member) ->
              leaves.putAll(
                  flatten(path + '/' + name.replace("~", "~0").replace("/", "~1"), member)));
    } else if (!path.isEmpty()) {
      leaves.put(path, value);
    }
    return leaves;
  }

  /** Whether it is the place that changes of the root leave alone, or below it. */
  static boolean isReserved(String path) {
    return path.equals("/_mnemogrid") || isAbove("/_mnemogrid", path);
  }

  private static TreeMap<String, Json> withoutReserved(TreeMap<String, Json> leaves) {
    TreeMap<String, Json> others = new TreeMap<>(leaves);
    others.keySet().removeIf(SlowSpace::isReserved);
    return others;
  }

  static boolean isAbove(String path, String other) {
    return other.startsWith(path + '/');
  }

  static boolean overlap(String one, String other) {
    return one.equals(other) || isAbove(one, other) || isAbove(other, one);
  }
}
