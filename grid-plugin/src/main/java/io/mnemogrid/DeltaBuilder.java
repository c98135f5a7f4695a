package io.mnemogrid;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.mnemogrid.merge.Change;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.secret.SecretRule;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects the changes of one delta. Used by one thread. */
public final class DeltaBuilder {
  // UUIDs of version 7 (RFC 9562 §5.7): ids made one after the other stand side by side in the
  // store's index, so that a commit writes few pages of it.
  private static final TimeBasedEpochGenerator IDS = Generators.timeBasedEpochGenerator();

  private final Author author;
  private final List<Change> changes = new ArrayList<>();
  private final List<String> reads = new ArrayList<>();
  private UpdateId id = newId();
  private long base;
  private @Nullable Instant timestamp; // of the author's clock; null until somebody says it
  private String type = "update";
  private boolean strict;
  private boolean redacts;
  private final Set<SecretRule> allowed = EnumSet.noneOf(SecretRule.class);
  private int puts;
  private int deletes;

  /** A delta by {@code author} who has seen version {@code base}. */
  public DeltaBuilder(Author author, long base, Instant timestamp) {
    this(author, base);
    this.timestamp = timestamp;
  }

  /** One that gets its time later. */
  DeltaBuilder(Author author, long base) {
    this.author = author;
    this.base = base;
  }

  /** An id that no other delta has: a UUID of version 7. */
  public static UpdateId newId() {
    return new UpdateId(IDS.generate().toString());
  }

  /**
   * Gives the delta this id instead of a fresh one.
   *
   * @throws JsonException when it is no id
   */
  public DeltaBuilder id(String value) {
    id = JsonException.at("/update_id", () -> new UpdateId(value));
    return this;
  }

  /** Sets the type, which is {@code update} otherwise. */
  public DeltaBuilder type(String value) {
    type = value;
    return this;
  }

  /** Sets the version that the author has seen. */
  public DeltaBuilder base(long version) {
    base = version;
    return this;
  }

  /** Sets the time of the author's clock. */
  public DeltaBuilder timestamp(Instant time) {
    timestamp = time;
    return this;
  }

  /** Sets the time, unless it was set. */
  DeltaBuilder timestampFrom(DeltaBuilder other) {
    timestamp = timestamp == null ? other.timestamp : timestamp;
    return this;
  }

  /** Whether it has no change. */
  boolean isEmpty() {
    return changes.isEmpty();
  }

  /**
   * Makes the delta strict: it is refused whole when somebody changed, unseen by the author,
   * anything that it changes.
   */
  public DeltaBuilder strict() {
    strict = true;
    return this;
  }

  /**
   * Makes a {@link #strict} delta be refused also when somebody changed anything at, above or below
   * this path, unseen by the author.
   */
  public DeltaBuilder reads(String path) {
    reads.add(path);
    return this;
  }

  /**
   * Sets a path, pointer or dotted, whatever stands there.
   *
   * @throws JsonException when the path is malformed
   */
  public DeltaBuilder set(String path, Json value) {
    Pointer at = pointer(path, "/changes/added/" + puts++);
    changes.add(new Change.Put(at, path, value, null));
    return this;
  }

  /**
   * Removes what stands at and below a path, pointer or dotted.
   *
   * @throws JsonException when the path is malformed
   */
  public DeltaBuilder delete(String path) {
    Pointer at = pointer(path, "/changes/deleted/" + deletes++);
    changes.add(new Change.Delete(at, path, null));
    return this;
  }

  /** Cuts secrets out of the values and the type; otherwise a secret refuses the delta. */
  public DeltaBuilder redactSecrets() {
    redacts = true;
    return this;
  }

  /**
   * Lets the delta hold the secrets that these rules find. Everybody who reads the space will read
   * them, and the log keeps them for ever.
   */
  public DeltaBuilder allowSecrets(SecretRule... rules) {
    allowed.addAll(List.of(rules));
    return this;
  }

  /** The place that a path names, hashed by the author's thread and not by the committer's. */
  private static Pointer pointer(String path, String at) {
    Pointer pointer = JsonException.at(at + "/key", () -> Pointer.parsePath(path));
    pointer.key();
    return pointer;
  }

  /**
   * The delta.
   *
   * @throws JsonException when it has no change, a malformed path to read, or is too much
   */
  public Delta.Edit build() {
    Instant time = Objects.requireNonNull(timestamp, "a delta has a time");
    Delta.Edit edit =
        Delta.Edit.of(id, base, author, time, type, changes, strict, reads)
            .allowingSecrets(allowed);
    return redacts ? edit.withoutSecrets() : edit;
  }
}
