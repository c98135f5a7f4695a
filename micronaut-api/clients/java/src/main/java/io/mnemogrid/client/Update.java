package io.mnemogrid.client;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;

/**
 * One record of a space's history (FORMATS §4).
 *
 * @param space the space
 * @param version 1 or more
 * @param author who wrote it
 * @param updateId the name of the update, unique in its space
 * @param type what its author calls it
 * @param base the version that its author had seen
 * @param timestamp the author's time
 * @param committed the store's time
 * @param root state root after this version
 * @param json the whole record, with members that later versions of the format may add
 */
public record Update(
    String space,
    long version,
    String author,
    String updateId,
    String type,
    long base,
    Instant timestamp,
    Instant committed,
    Hash root,
    Json json) {
  /**
   * A leaf that changed.
   *
   * @param path its JSON Pointer
   * @param before what stood there; null (not {@link Json.Null}) where nothing did
   * @param after what stands there; null where nothing does
   */
  public record Change(String path, Json before, Json after) {}

  /**
   * Reads a record, as far as clients need it.
   *
   * @throws JsonException when it is none
   */
  static Update of(Json json) {
    Shape record = Shape.of(json);
    Shape changes = record.member("changes");
    changes.member("added").items();
    changes.member("deleted").items();
    changes.member("modified").items();
    record.member("superseded").items();
    record.member("overrode").items();
    return new Update(
        record.member("space").space(),
        record.member("version").integer(1),
        record.member("author").string(),
        record.member("update_id").string(),
        record.member("type").string(),
        record.member("base").integer(0),
        time(record.member("timestamp")),
        time(record.member("committed")),
        record.member("root").hash(),
        json);
  }

  private static Instant time(Shape time) {
    try {
      return Instant.parse(time.string());
    } catch (DateTimeParseException e) {
      throw time.refusal("is no time");
    }
  }

  /** The leaf hash of this record in the log tree (FORMATS §5). */
  public Hash leafHash() {
    return LogTree.leaf(json.canonicalBytes());
  }

  /** The {@code ETag} of this version, with its quotes. */
  public String etag() {
    return "\"" + version + "." + leafHash().toString().substring(2, 18) + "\"";
  }

  /** The leaves that changed: added ones, modified ones, deleted ones. */
  public List<Change> changes() {
    Shape changes = Shape.of(json).member("changes");
    List<Change> all = new ArrayList<>();
    for (Shape added : changes.member("added").items()) {
      all.add(new Change(key(added), null, added.member("value").value()));
    }
    for (Shape modified : changes.member("modified").items()) {
      all.add(
          new Change(
              key(modified),
              modified.member("old_value").value(),
              modified.member("new_value").value()));
    }
    for (Shape deleted : changes.member("deleted").items()) {
      all.add(new Change(key(deleted), deleted.member("old_value").value(), null));
    }
    return all;
  }

  private static String key(Shape change) {
    return change.member("key").string();
  }
}
