package io.mnemogrid.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link State} against an obvious twin, a document of nested maps changed in place, under many
 * seeds; the seed is the test's name.
 */
class StateModelTest {
  private static final List<String> NAMES = List.of("a", "a!", "a0", "b", "~", "/", "", "漢", "😀");
  private static final Instant START = Instant.parse("2026-02-05T19:00:00Z");
  private static final Author AUTHOR = new Author("bot-a");

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 120);
  }

  /** What a version looked like when it was made. */
  private record Version(State state, String document, Hash root, int leaves, String tags) {}

  /** The twin: nested maps, and the tags by pointer text. */
  private static final class Twin {
    final TreeMap<String, Object> document = new TreeMap<>();
    final TreeMap<String, Tag> tags = new TreeMap<>();
    final TreeMap<String, Tag> tombstones = new TreeMap<>();

    /** Sets a place, making objects of what stands in the way; arrays are not walked into. */
    @SuppressWarnings("unchecked") // the twin holds maps and values only
    void set(List<String> segments, Object value) {
      TreeMap<String, Object> at = document;
      for (String segment : segments.subList(0, segments.size() - 1)) {
        if (!(at.get(segment) instanceof TreeMap)) {
          at.put(segment, new TreeMap<String, Object>());
        }
        at = (TreeMap<String, Object>) Objects.requireNonNull(at.get(segment));
      }
      at.put(segments.getLast(), value);
    }

    /** Removes a place; the object that held it stays, empty or not. */
    @SuppressWarnings("unchecked") // as above
    void delete(List<String> segments) {
      TreeMap<String, Object> at = document;
      for (String segment : segments.subList(0, segments.size() - 1)) {
        if (!(at.get(segment) instanceof TreeMap)) {
          return;
        }
        at = (TreeMap<String, Object>) Objects.requireNonNull(at.get(segment));
      }
      at.remove(segments.getLast());
    }

    TreeMap<String, Json> leaves() {
      TreeMap<String, Json> leaves = new TreeMap<>();
      collect("", document, leaves);
      return leaves;
    }

    private static void collect(String path, Object value, TreeMap<String, Json> leaves) {
      if (value instanceof TreeMap<?, ?> map && (!map.isEmpty() || path.isEmpty())) {
        map.forEach((name, member) ->
            collect(
                path + "/" + name.toString().replace("~", "~0").replace("/", "~1"),
                Objects.requireNonNull(member),
                leaves));
      } else {
        leaves.put(path, json(value));
      }
    }

    static Json json(Object value) {
      if (value instanceof Json scalar) {
        return scalar;
      }
      Json.Obj object = Json.EMPTY_OBJECT;
      for (Map.Entry<?, ?> member : ((TreeMap<?, ?>) value).entrySet()) {
        object = object.with(member.getKey().toString(), json(member.getValue()));
      }
      return object;
    }

    /**
     * Tags the leaves that differ: never earlier than what went at, above or below them, or was
     * removed there before.
     */
    Changes tag(TreeMap<String, Json> before, Instant time, long version) {
      TreeMap<String, Json> after = leaves();
      TreeMap<String, Instant> gone = new TreeMap<>();
      before.forEach((path, value) -> {
        if (!value.equals(after.get(path))) {
          gone.put(path, Objects.requireNonNull(tags.get(path)).time());
        }
      });
      List<Changes.Added> added = new ArrayList<>();
      List<Changes.Deleted> deleted = new ArrayList<>();
      List<Changes.Modified> modified = new ArrayList<>();
      TreeSet<String> paths = new TreeSet<>(before.keySet());
      paths.addAll(after.keySet());
      for (String path : paths) {
        Json old = before.get(path);
        Json now = after.get(path);
        if (Objects.equals(old, now)) {
          continue;
        }
        Tag removed = tombstones.get(path); // none where something stood
        Instant since = removed != null && removed.time().isAfter(time) ? removed.time() : time;
        Tag tag = new Tag(latest(path, since, gone), AUTHOR, version);
        if (now == null) {
          deleted.add(new Changes.Deleted(Pointer.parse(path), Objects.requireNonNull(old)));
          tags.remove(path);
          tombstones.put(path, tag);
          continue;
        }
        if (old == null) {
          added.add(new Changes.Added(Pointer.parse(path), now));
        } else {
          modified.add(new Changes.Modified(Pointer.parse(path), now, old));
        }
        tags.put(path, tag);
        tombstones.remove(path);
      }
      return new Changes(added, deleted, modified);
    }

    private static Instant latest(String path, Instant time, TreeMap<String, Instant> gone) {
      Instant latest = time;
      for (Map.Entry<String, Instant> old : gone.entrySet()) {
        boolean near =
            old.getKey().equals(path)
                || path.startsWith(old.getKey() + "/")
                || old.getKey().startsWith(path + "/");
        if (near && old.getValue().isAfter(latest)) {
          latest = old.getValue();
        }
      }
      return latest;
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void isItsTwinAtEveryVersionAndStaysSo(long seed) {
    Random random = new Random(seed);
    Twin twin = new Twin();
    List<Version> versions = new ArrayList<>();
    State state = State.EMPTY;
    versions.add(version(state));
    for (int step = 1; step <= 60; step++) {
      TreeMap<String, Json> before = twin.leaves();
      for (int i = random.nextInt(4); i >= 0; i--) {
        if (random.nextInt(3) == 0) {
          twin.delete(place(random, before));
        } else {
          twin.set(place(random, before), value(random, 0));
        }
      }
      Instant time = START.plusMillis(random.nextInt(40));
      Changes changes = twin.tag(before, time, step);
      state = state.apply(changes, time, AUTHOR, step);
      agrees(state, twin, "seed %d, step %d".formatted(seed, step), random);
      versions.add(version(state));
    }
    for (int version = 0; version < versions.size(); version++) {
      assertThat(version(versions.get(version).state()))
          .as("seed %d, version %d read again at the end", seed, version)
          .isEqualTo(versions.get(version));
    }
  }

  private static void agrees(State state, Twin twin, String what, Random random) {
    TreeMap<String, Json> leaves = twin.leaves();
    Json.Obj document = (Json.Obj) Twin.json(twin.document);
    assertThat(state.document()).as(what).isEqualTo(document);
    assertThat(state.leaves()).as(what).isEqualTo(leaves.size());
    long[] bytes = new long[1];
    state.forEachLeaf(
        Pointer.ROOT,
        leaf ->
            bytes[0] +=
                Json.of(leaf.path().toString()).sizeBytes() + leaf.value().canonicalBytes().length);
    assertThat(state.sizeBytes()).as(what).isEqualTo(bytes[0]);
    assertThat(state.sizeBytes(Pointer.ROOT, Long.MAX_VALUE))
        .as(what)
        .isEqualTo(state.document().canonicalBytes().length);
    assertThat(state.root()).as(what).isEqualTo(SlowRoot.of(document));
    TreeMap<String, Tag> tombstones = new TreeMap<>();
    state.tombstones().forEach((path, tag) -> tombstones.put(path.toString(), tag));
    assertThat(tombstones).as(what).isEqualTo(twin.tombstones);
    TreeMap<String, Tag> tags = new TreeMap<>();
    TreeMap<String, Json> visited = new TreeMap<>();
    state.forEachLeaf(
        Pointer.ROOT,
        leaf -> {
          tags.put(leaf.path().toString(), leaf.tag());
          visited.put(leaf.path().toString(), leaf.value());
        });
    assertThat(tags).as(what).isEqualTo(twin.tags);
    assertThat(visited).as(what).isEqualTo(leaves);
    assertThat(State.of(leavesOf(state), state.tombstones()).root())
        .as(what)
        .isEqualTo(state.root());
    for (int i = 0; i < 6; i++) {
      Pointer path = pointer(place(random, leaves));
      assertThat(state.value(path)).as("%s, value at %s", what, path).isEqualTo(at(document, path));
      Cell.Leaf above = state.leafAbove(path);
      assertThat(above == null ? null : above.path().toString())
          .as("%s, leaf above %s", what, path)
          .isEqualTo(
              leaves.keySet().stream()
                  .filter(leaf -> path.toString().startsWith(leaf + "/"))
                  .findFirst()
                  .orElse(null));
      List<String> below = new ArrayList<>();
      state.forEachLeaf(path, leaf -> below.add(leaf.path().toString()));
      assertThat(below)
          .as("%s, leaves at and below %s", what, path)
          .containsExactlyInAnyOrderElementsOf(
              leaves.keySet().stream()
                  .filter(leaf ->
                      leaf.equals(path.toString()) || leaf.startsWith(path.toString() + "/"))
                  .toList());
    }
  }

  private static List<Cell.Leaf> leavesOf(State state) {
    List<Cell.Leaf> leaves = new ArrayList<>();
    state.forEachLeaf(Pointer.ROOT, leaves::add);
    return leaves;
  }

  private static @Nullable Json at(Json document, Pointer path) {
    Json at = document;
    for (String segment : path.segments()) {
      at =
          switch (at) {
            case null -> null;
            case Json.Obj object -> object.get(segment);
            case Json.Arr array when segment.equals("0") && !array.items().isEmpty() ->
                array.items().getFirst();
            default -> null;
          };
    }
    return at;
  }

  private static Version version(State state) {
    List<String> tags = new ArrayList<>();
    state.forEachLeaf(Pointer.ROOT, leaf -> tags.add(leaf.path() + " " + leaf.tag()));
    TreeMap<Pointer, Tag> tombstones = new TreeMap<>(state.tombstones());
    return new Version(
        state, state.document().canonical(), state.root(), state.leaves(), tags + " " + tombstones);
  }

  /** Some place, often one that stands or lies near one. */
  private static List<String> place(Random random, TreeMap<String, Json> leaves) {
    List<String> place = new ArrayList<>();
    if (!leaves.isEmpty() && random.nextBoolean()) {
      List<String> paths = List.copyOf(leaves.keySet());
      place.addAll(Pointer.parse(paths.get(random.nextInt(paths.size()))).segments());
      while (place.size() > 1 && random.nextInt(3) == 0) {
        place.removeLast();
      }
    }
    if (place.isEmpty() || random.nextInt(4) == 0) {
      for (int i = random.nextInt(3); i >= 0; i--) {
        place.add(name(random));
      }
    }
    return place;
  }

  private static String name(Random random) {
    return random.nextInt(20) == 0 ? "0" : NAMES.get(random.nextInt(NAMES.size()));
  }

  private static Pointer pointer(List<String> segments) {
    Pointer pointer = Pointer.ROOT;
    for (String segment : segments) {
      pointer = pointer.child(segment);
    }
    return pointer;
  }

  private static Object value(Random random, int depth) {
    switch (random.nextInt(depth > 2 ? 5 : 8)) {
      case 0:
        return Json.NULL;
      case 1:
        return Json.of(random.nextInt(4));
      case 2:
        return Json.of(NAMES.get(random.nextInt(NAMES.size())));
      case 3:
        return new Json.Arr(random.nextBoolean() ? List.of() : List.of(Json.TRUE, Json.of(1)));
      case 4:
        return new TreeMap<String, Object>();
      default:
        TreeMap<String, Object> object = new TreeMap<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
          object.put(name(random), value(random, depth + 1));
        }
        return object;
    }
  }

  @Test
  void rootsAgreeOnAThousandLeaves() {
    Random random = new Random(7);
    List<Changes.Added> added = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Pointer path = Pointer.ROOT.child("k" + random.nextInt(30)).child("leaf" + i);
      added.add(new Changes.Added(path, Json.of(i)));
    }
    State state = State.EMPTY.apply(new Changes(added, List.of(), List.of()), START, AUTHOR, 1);
    assertThat(state.leaves()).isEqualTo(1000);
    assertThat(state.root()).isEqualTo(SlowRoot.of(state.document()));
    List<Changes.Deleted> deleted = new ArrayList<>();
    added.forEach(add -> deleted.add(new Changes.Deleted(add.path(), add.value())));
    State emptied = state.apply(new Changes(List.of(), deleted, List.of()), START, AUTHOR, 2);
    assertThat(emptied.root()).isEqualTo(Hash.OF_NOTHING);
    assertThat(emptied.document()).isEqualTo(Json.EMPTY_OBJECT);
    assertThat(emptied.tombstones()).hasSize(1000);
  }

  @Test
  void refusesChangesThatDoNotFit() {
    Changes.Added a = new Changes.Added(Pointer.parse("/a"), Json.of(1));
    Changes.Added ab = new Changes.Added(Pointer.parse("/a/b"), Json.of(1));
    State withA = State.EMPTY.apply(adding(a), START, AUTHOR, 1);
    State withAb = State.EMPTY.apply(adding(ab), START, AUTHOR, 1);
    refused(withA, adding(a));
    refused(withA, adding(ab));
    refused(withAb, adding(a));
    refused(withAb, adding(ab));
    refused(State.EMPTY, adding(a, a));
    refused(State.EMPTY, adding(a, ab));
    refused(State.EMPTY, adding(ab, a));
    refused(State.EMPTY, deleting("/a", Json.of(1)));
    refused(withA, deleting("/a", Json.of(2)));
    refused(withAb, deleting("/a", Json.parse("{\"b\":1}")));
    refused(
        withA,
        new Changes(
            List.of(),
            List.of(
                new Changes.Deleted(Pointer.parse("/a"), Json.of(1)),
                new Changes.Deleted(Pointer.parse("/a"), Json.of(1))),
            List.of()));
    refused(
        withA,
        new Changes(
            List.of(),
            List.of(),
            List.of(new Changes.Modified(Pointer.parse("/a"), Json.of(3), Json.of(2)))));
    assertThat(withA.document().canonical()).isEqualTo("{\"a\":1}");
  }

  private static Changes adding(Changes.Added... added) {
    return new Changes(List.of(added), List.of(), List.of());
  }

  private static Changes deleting(String path, Json old) {
    return new Changes(
        List.of(), List.of(new Changes.Deleted(Pointer.parse(path), old)), List.of());
  }

  private static void refused(State state, Changes changes) {
    assertThatThrownBy(() -> state.apply(changes, START, AUTHOR, 2))
        .as("%s on %s", changes, state.document().canonical())
        .isInstanceOf(IllegalStateException.class);
  }
}
