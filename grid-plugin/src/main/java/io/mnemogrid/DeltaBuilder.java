package io.mnemogrid;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Collects the changes of one delta. Used by one thread. */
public final class DeltaBuilder {
  // UUIDs of version 7 (RFC 9562 §5.7): ids made one after the other stand side by side in the
  // store's index, so that a commit writes few pages of it.
  private static final TimeBasedEpochGenerator IDS = Generators.timeBasedEpochGenerator();

  private final TreeMap<String, Json> members = new TreeMap<>();
  private final List<Json> puts = new ArrayList<>();
  private final List<Json> deletes = new ArrayList<>();
  private final List<String> reads = new ArrayList<>();

  /** A delta by {@code author} who has seen version {@code base}. */
  public DeltaBuilder(Author author, long base, Instant timestamp) {
    members.put("author", Json.of(author.name()));
    members.put("base", Json.of(base));
    members.put("timestamp", Json.of(Timestamps.format(timestamp)));
    members.put("type", Json.of("update"));
    members.put("update_id", Json.of(IDS.generate().toString()));
  }

  /** With this id instead of a fresh one. */
  public DeltaBuilder id(String id) {
    members.put("update_id", Json.of(id));
    return this;
  }

  /** With this type instead of {@code update}. */
  public DeltaBuilder type(String type) {
    members.put("type", Json.of(type));
    return this;
  }

  /** As the author that has seen this version. */
  public DeltaBuilder base(long base) {
    members.put("base", Json.of(base));
    return this;
  }

  /** At this time of the author's. */
  public DeltaBuilder timestamp(Instant time) {
    members.put("timestamp", Json.of(Timestamps.format(time)));
    return this;
  }

  /** Refused whole when anything it changes was changed unseen. */
  public DeltaBuilder strict() {
    members.put("strict", Json.TRUE);
    return this;
  }

  /** With {@link #strict}: refused also when anything at, above or below this path was changed. */
  public DeltaBuilder reads(String path) {
    reads.add(path);
    return this;
  }

  /** Sets a path, pointer or dotted, whatever stands there. */
  public DeltaBuilder set(String path, Json value) {
    puts.add(Json.object(Map.of("key", Json.of(path), "value", value)));
    return this;
  }

  /** Removes what stands at and below a path, pointer or dotted. */
  public DeltaBuilder delete(String path) {
    deletes.add(Json.object(Map.of("key", Json.of(path))));
    return this;
  }

  /**
   * The delta.
   *
   * @throws io.mnemogrid.state.JsonException when it has no change or a malformed path
   */
  public Delta build() {
    TreeMap<String, Json> changes = new TreeMap<>();
    if (!puts.isEmpty()) {
      changes.put("added", new Json.Arr(puts));
    }
    if (!deletes.isEmpty()) {
      changes.put("deleted", new Json.Arr(deletes));
    }
    TreeMap<String, Json> request = new TreeMap<>(members);
    request.put("changes", new Json.Obj(changes));
    if (!reads.isEmpty()) {
      request.put("reads", Json.ofStrings(reads));
    }
    return Delta.parse(new Json.Obj(request));
  }
}
