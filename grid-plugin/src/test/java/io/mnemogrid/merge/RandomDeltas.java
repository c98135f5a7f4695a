package io.mnemogrid.merge;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Deltas made from a seed, over alphabets so small that they conflict all the time. */
final class RandomDeltas {
  // '!' sorts before '/', '0' after it: neighbours that a careless prefix scan takes for children
  private static final List<String> NAMES = List.of("a", "a!", "a0", "b", "x/y~", "0");
  private static final List<String> AUTHORS = List.of("bot-a", "bot-b", "bot-c");
  private static final Instant START = Instant.parse("2026-02-05T19:00:00Z");
  private final Random random;
  private final boolean namesReserved;
  private int made;

  RandomDeltas(long seed) {
    this(seed, true);
  }

  /**
   * Deltas of which none names what is reserved, where a committer would take nothing but policies.
   */
  static RandomDeltas ofAuthors(long seed) {
    return new RandomDeltas(seed, false);
  }

  private RandomDeltas(long seed, boolean namesReserved) {
    this.random = new Random(seed);
    this.namesReserved = namesReserved;
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  Pointer path() {
    int depth = chance(2) ? 0 : 1 + random.nextInt(3);
    Pointer path = Pointer.ROOT;
    for (int i = 0; i < depth; i++) {
      path = path.child(name());
    }
    return path;
  }

  private String name() {
    return namesReserved && chance(4)
        ? "_mnemogrid"
        : NAMES.get(random.nextInt(chance(60) ? 2 : NAMES.size()));
  }

  Json value(int depth) {
    return switch (random.nextInt(depth > 2 ? 6 : 10)) {
      case 0 -> Json.NULL;
      case 1 -> Json.TRUE;
      case 2, 3 -> Json.of(random.nextInt(3));
      case 4 -> Json.of("s");
      case 5 -> chance(50) ? new Json.Arr(List.of()) : new Json.Arr(List.of(value(3), Json.NULL));
      case 6 -> Json.EMPTY_OBJECT;
      default -> object(depth);
    };
  }

  private Json.Obj object(int depth) {
    Json.Obj object = Json.EMPTY_OBJECT;
    for (int i = random.nextInt(3); i >= 0; i--) {
      object = object.with(name(), value(depth + 1));
    }
    return object;
  }

  /** A delta that a client may send at this head, now and then one that will be refused. */
  Delta.Edit next(SlowSpace head) {
    TreeMap<String, List<Json>> lists = new TreeMap<>();
    List<String> paths = new ArrayList<>();
    for (int i = chance(60) ? 1 : 1 + random.nextInt(4); i > 0; i--) {
      String path = path().toString();
      if (chance(94) && paths.stream().anyMatch(other -> SlowSpace.overlap(path, other))) {
        continue; // mostly paths that do not overlap, or nothing would ever be accepted
      }
      paths.add(path);
      addChange(path, head, lists);
    }
    return delta(lists, base(head.version), chance(20), chance(30) ? reads() : List.of());
  }

  /** A delta of one change. */
  Delta.Edit of(Pointer path, @Nullable Json value, long base) {
    TreeMap<String, List<Json>> lists = new TreeMap<>();
    Json.Obj change = Json.EMPTY_OBJECT.with("key", Json.of(path.toString()));
    if (value == null) {
      lists.put("deleted", List.of(change));
    } else {
      lists.put("added", List.of(change.with("value", value)));
    }
    return delta(lists, base, false, List.of());
  }

  private void addChange(String path, SlowSpace head, TreeMap<String, List<Json>> lists) {
    Json.Obj change = Json.EMPTY_OBJECT.with("key", Json.of(path));
    Json standing = head.valueAt(path);
    Json old = chance(70) && standing != null ? standing : value(1);
    if (chance(30)) {
      Json.Obj delete = chance(25) ? change.with("old_value", old) : change;
      lists.computeIfAbsent("deleted", _ -> new ArrayList<>()).add(delete);
      return;
    }
    Json value = path.isEmpty() ? object(0) : value(0);
    if (standing != null && chance(10)) {
      value = standing; // setting what stands
    }
    if (chance(50)) {
      lists.computeIfAbsent("added", _ -> new ArrayList<>()).add(change.with("value", value));
    } else {
      Json.Obj set = change.with("new_value", value);
      lists
          .computeIfAbsent("modified", _ -> new ArrayList<>())
          .add(chance(25) ? set.with("old_value", old) : set);
    }
  }

  long base(long version) {
    if (chance(3)) {
      return version + 1;
    }
    return chance(25) ? version : Math.max(0, version - random.nextInt(8));
  }

  private List<Json> reads() {
    List<Json> reads = new ArrayList<>();
    for (int i = random.nextInt(2); i >= 0; i--) {
      reads.add(Json.of(path().toString()));
    }
    return reads;
  }

  private Delta.Edit delta(
      TreeMap<String, List<Json>> lists, long base, boolean strict, List<Json> reads) {
    TreeMap<String, Json> changes = new TreeMap<>();
    lists.forEach((name, items) -> changes.put(name, new Json.Arr(items)));
    Json.Obj request =
        Json.EMPTY_OBJECT
            .with("update_id", Json.of("u" + ++made))
            .with("base", Json.of(base))
            .with("author", Json.of(AUTHORS.get(random.nextInt(AUTHORS.size()))))
            .with(
                "timestamp",
                Json.of(Timestamps.format(START.plusMillis(made / 4 + random.nextInt(6)))))
            .with("type", Json.of("test"))
            .with("changes", new Json.Obj(changes));
    if (strict) {
      request = request.with("strict", Json.TRUE);
    }
    if (!reads.isEmpty()) {
      request = request.with("reads", new Json.Arr(reads));
    }
    return Delta.parse(request);
  }
}
