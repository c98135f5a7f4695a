package io.mnemogrid.merge;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Timestamps;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Reads deltas of the HTTP shape. Its checks hold for every delta, also for one that is made in
 * this process.
 *
 * @param request what is read
 */
record DeltaReader(Json.Obj request) {
  /**
   * The beginning of the ids that the product makes, for the versions of a request that needs
   * several.
   */
  static final String RESERVED_ID = "mnemogrid.part:";

  private static final Set<String> MEMBERS =
      Set.of(
          "update_id",
          "base",
          "base_hash",
          "author",
          "timestamp",
          "type",
          "changes",
          "strict",
          "reads");
  private static final Set<String> ROLLBACK_MEMBERS =
      Set.of("to", "update_id", "author", "timestamp", "type");

  /** The member of a request that is a JSON Patch. */
  static final String JSON_PATCH = "json_patch";

  /** The member of a request that is a JSON Merge Patch. */
  static final String MERGE_PATCH = "merge_patch";

  private static final Set<String> PATCH_MEMBERS =
      Set.of(JSON_PATCH, MERGE_PATCH, "update_id", "author", "type");

  /** What JSON may nest (FORMATS §1): the request of a patch is read again by other members. */
  private static final int MAX_NESTING = 64;

  Delta.Edit edit() {
    byte[] canonical = canonical(request);
    onlyKnown(request, MEMBERS, "");
    Json.Obj lists = object(required(request, "changes", ""), "/changes");
    onlyKnown(lists, Set.copyOf(ChangeList.NAMES), "/changes");
    ChangeList changes = new ChangeList();
    for (String list : ChangeList.NAMES) {
      readChanges(lists, list, changes);
    }
    List<Change> all = changes.atLeastOne();
    return new Delta.Edit(
        updateId(),
        version("base"),
        request.get("base_hash") == null
            ? null
            : JsonException.at("/base_hash", () -> Hash.parse(string("base_hash"))),
        JsonException.at("/author", () -> new Author(string("author"))),
        JsonException.at("/timestamp", () -> Timestamps.parse(string("timestamp"))),
        type(),
        all,
        strict(),
        reads(),
        request,
        Hash.sha256(canonical),
        canonical.length,
        Screening.USUAL);
  }

  Delta.Rollback rollback() {
    onlyKnown(request, ROLLBACK_MEMBERS, "");
    long to = version("to");
    boolean timed = request.get("timestamp") != null;
    byte[] canonical = canonical(request);
    return new Delta.Rollback(
        updateId(),
        to,
        to,
        JsonException.at("/author", () -> new Author(string("author"))),
        timed
            ? JsonException.at("/timestamp", () -> Timestamps.parse(string("timestamp")))
            : Instant.EPOCH,
        timed,
        request.get("type") == null ? Delta.Rollback.TYPE : type(),
        request,
        Hash.sha256(canonical),
        canonical.length,
        null);
  }

  static boolean hasPatch(Json.Obj request) {
    return request.get("changes") == null
        && (request.get(JSON_PATCH) != null || request.get(MERGE_PATCH) != null);
  }

  Delta.Patch patch() {
    onlyKnown(request, PATCH_MEMBERS, "");
    Json steps = request.get(JSON_PATCH);
    Json merge = request.get(MERGE_PATCH);
    if ((steps == null) == (merge == null)) {
      throw new JsonException("", "a patch has either " + JSON_PATCH + " or " + MERGE_PATCH);
    }
    if (request.nesting() > MAX_NESTING) {
      throw new JsonException("", "a patch nests at most " + (MAX_NESTING - 1) + " deep");
    }
    byte[] canonical = canonical(request);
    return new Delta.Patch(
        updateId(),
        0,
        JsonException.at("/author", () -> new Author(string("author"))),
        Instant.EPOCH,
        type(),
        steps != null
            ? PatchBody.ofSteps(steps, "/" + JSON_PATCH)
            : PatchBody.ofMerge(required(request, MERGE_PATCH, ""), "/" + MERGE_PATCH),
        request,
        Hash.sha256(canonical),
        canonical.length,
        Screening.USUAL);
  }

  /** The canonical text of a request; refuses one that is too long. */
  static byte[] canonical(Json.Obj request) {
    byte[] canonical = request.canonicalBytes();
    if (canonical.length > Delta.MAX_BYTES) {
      throw new JsonException(
          "", "a delta has at most 4 MiB, got " + canonical.length + " bytes; send several");
    }
    return canonical;
  }

  private UpdateId updateId() {
    return checkedId(JsonException.at("/update_id", () -> new UpdateId(string("update_id"))));
  }

  /** The id of a delta; refuses those that the product makes. */
  static UpdateId checkedId(UpdateId id) {
    if (id.text().startsWith(RESERVED_ID)) {
      throw new JsonException(
          "/update_id", "ids that begin with " + RESERVED_ID + " are made by the product alone");
    }
    return id;
  }

  private long version(String name) {
    return required(request, name, "") instanceof Json.Num number
            && number.value() == Math.rint(number.value())
        ? checkedVersion((long) number.value(), "/" + name)
        : checkedVersion(-1, "/" + name);
  }

  /** A version that a delta names at a place of its request. */
  static long checkedVersion(long version, String at) {
    if (version < 0) {
      throw new JsonException(at, "a version is a whole number from 0");
    }
    return version;
  }

  private String type() {
    return checkedType(string("type"));
  }

  /** The type of a delta; refuses one that is too long, or empty. */
  static String checkedType(String type) {
    if (type.isEmpty() || type.length() > Delta.MAX_TYPE_LENGTH) {
      throw new JsonException("/type", "a type has 1 to " + Delta.MAX_TYPE_LENGTH + " characters");
    }
    return type;
  }

  private boolean strict() {
    return switch (request.get("strict")) {
      case null -> false;
      case Json.Bool bool -> bool.value();
      default -> throw new JsonException("/strict", "true or false");
    };
  }

  private List<Pointer> reads() {
    Json reads = request.get("reads");
    if (reads == null) {
      return List.of();
    }
    List<String> spelled = new ArrayList<>();
    List<Json> items = array(reads, "/reads");
    tooMany(items.size(), "/reads");
    for (Json item : items) {
      if (!(item instanceof Json.Str path)) {
        throw new JsonException("/reads/" + spelled.size(), "a path is a string");
      }
      spelled.add(path.value());
    }
    return paths(spelled, "/reads");
  }

  /** The paths of a list of the request. */
  static List<Pointer> paths(List<String> spelled, String at) {
    tooMany(spelled.size(), at);
    List<Pointer> paths = new ArrayList<>();
    for (String path : spelled) {
      paths.add(JsonException.at(at + "/" + paths.size(), () -> Pointer.parsePath(path)));
    }
    return paths;
  }

  private static void readChanges(Json.Obj lists, String list, ChangeList changes) {
    Json given = lists.get(list);
    if (given == null) {
      return;
    }
    String valueName =
        switch (list) {
          case "added" -> "value";
          case "modified" -> "new_value";
          default -> null;
        };
    List<Json> items = array(given, "/changes/" + list);
    changes.expect(items.size(), "/changes/" + list);
    for (int i = 0; i < items.size(); i++) {
      String at = "/changes/" + list + "/" + i;
      Json.Obj change = object(items.get(i), at);
      Set<String> known =
          valueName == null
              ? Set.of("key", "old_value")
              : valueName.equals("value")
                  ? Set.of("key", "value")
                  : Set.of("key", "new_value", "old_value");
      onlyKnown(change, known, at);
      if (!(required(change, "key", at) instanceof Json.Str key)) {
        throw new JsonException(at + "/key", "a path is a string");
      }
      Pointer path = JsonException.at(at + "/key", () -> Pointer.parsePath(key.value()));
      path.key(); // hashed by the author's thread, and not by the one that commits for all
      Json old = change.get("old_value");
      if (valueName == null) {
        changes.add(new Change.Delete(path, key.value(), old));
      } else {
        Json value = required(change, valueName, at);
        changes.count(value, at);
        changes.add(new Change.Put(path, key.value(), value, old));
      }
    }
  }

  private String string(String name) {
    if (required(request, name, "") instanceof Json.Str string) {
      return string.value();
    }
    throw new JsonException("/" + name, "a string");
  }

  private static List<Json> array(Json value, String at) {
    if (value instanceof Json.Arr array) {
      return array.items();
    }
    throw new JsonException(at, "an array");
  }

  private static void tooMany(int reads, String at) {
    if (reads > Delta.MAX_CHANGES) {
      throw new JsonException(
          at, "more than " + Delta.MAX_CHANGES + " changes; send several deltas");
    }
  }

  private static Json.Obj object(Json value, String at) {
    if (value instanceof Json.Obj object) {
      return object;
    }
    throw new JsonException(at, "an object");
  }

  private static Json required(Json.Obj object, String name, String at) {
    Json value = object.get(name);
    if (value == null) {
      throw new JsonException(at + "/" + name, "is required");
    }
    return value;
  }

  private static void onlyKnown(Json.Obj object, Set<String> known, String at) {
    for (String name : object.members().keySet()) {
      if (!known.contains(name)) {
        String place = at + "/" + name.replace("~", "~0").replace("/", "~1");
        throw new JsonException(place, "is not known here");
      }
    }
  }
}
