package io.mnemogrid.client;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Changes that are committed together. It has its {@code update_id} and time from the start, so the
 * same delta may be committed any number of times and is applied once. Without a base it gets the
 * version that the head has at its first sending, and keeps it. Not thread-safe.
 *
 * <p>Paths are JSON Pointers ({@code /facts/hello}) or dotted ({@code facts.hello}).
 */
public final class Delta {
  private final Map<String, Json> sets = new LinkedHashMap<>();
  private final List<String> deletes = new ArrayList<>();
  private final List<String> reads = new ArrayList<>();
  private String updateId = Ids.next();

  /** As records spell a time; what is signed must be spelled so. */
  private static final DateTimeFormatter MILLIS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private Instant timestamp = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  private String type = "update";
  private Optional<String> author = Optional.empty();
  private Optional<Long> base = Optional.empty();
  private Optional<Hash> baseHash = Optional.empty();
  private Optional<String> ifMatch = Optional.empty();
  private boolean isStrict;

  /** A delta without changes. */
  public Delta() {}

  /** Sets a path, whatever stands there. The value is what {@link Json#of} takes. */
  public Delta set(String path, Object value) {
    sets.put(path, Json.of(value));
    return this;
  }

  /** Deletes a path and all below it. */
  public Delta delete(String path) {
    deletes.add(path);
    return this;
  }

  /** The version that was seen: what was committed since is merged, and loses or wins by time. */
  public Delta base(long version) {
    this.base = Optional.of(version);
    return this;
  }

  /** The log leaf hash of the base, so that another history is refused. */
  public Delta baseHash(Hash hash) {
    this.baseHash = Optional.of(hash);
    return this;
  }

  /** Only onto the head with this tag, else a {@link ProblemException} 412. */
  public Delta ifMatch(String etag) {
    this.ifMatch = Optional.of(etag);
    return this;
  }

  /** Refused as a whole, 409, when anything that it concerns was changed and not seen. */
  public Delta strict() {
    this.isStrict = true;
    return this;
  }

  /** A further path that counts under {@link #strict}. */
  public Delta reads(String path) {
    reads.add(path);
    return this;
  }

  /** Who writes, in place of the client's author. */
  public Delta author(String author) {
    Client.checkName("an author", author);
    this.author = Optional.of(author);
    return this;
  }

  /** The id, in place of the one that it has. */
  public Delta updateId(String updateId) {
    Client.checkName("an update_id", updateId);
    this.updateId = updateId;
    return this;
  }

  /** What the author calls it, {@code update} when left out. */
  public Delta type(String type) {
    this.type = type;
    return this;
  }

  /** The author's time, in place of that at which the delta was made. */
  public Delta timestamp(Instant timestamp) {
    this.timestamp = timestamp.truncatedTo(ChronoUnit.MILLIS);
    return this;
  }

  /** The id under which it is known. */
  public String updateId() {
    return updateId;
  }

  /** Whether it changes nothing; such a delta is refused. */
  public boolean isEmpty() {
    return sets.isEmpty() && deletes.isEmpty();
  }

  Optional<Long> base() {
    return base;
  }

  Optional<String> ifMatch() {
    return ifMatch;
  }

  Optional<String> author() {
    return author;
  }

  Json.Obj json(String by) {
    Map<String, Object> changes = new TreeMap<>();
    List<Object> added = new ArrayList<>();
    sets.forEach((path, value) -> added.add(Map.of("key", path, "value", value)));
    List<Object> deleted = new ArrayList<>();
    deletes.forEach(path -> deleted.add(Map.of("key", path)));
    if (!added.isEmpty()) {
      changes.put("added", added);
    }
    if (!deleted.isEmpty()) {
      changes.put("deleted", deleted);
    }
    Map<String, Object> delta = new TreeMap<>();
    delta.put("update_id", updateId);
    delta.put("base", base.orElse(0L));
    delta.put("author", by);
    delta.put("timestamp", MILLIS.format(timestamp));
    delta.put("type", type);
    delta.put("changes", changes);
    baseHash.ifPresent(hash -> delta.put("base_hash", hash.toString()));
    if (isStrict) {
      delta.put("strict", true);
    }
    if (!reads.isEmpty()) {
      delta.put("reads", reads);
    }
    return (Json.Obj) Json.of(delta);
  }
}
