package io.mnemogrid.merge;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Timestamps;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an author asks a space to become, against the version it has seen.
 *
 * @param base the version seen, 0 for none
 * @param baseHash leaf hash of that version's record, when the author wants the history checked
 * @param timestamp the author's, cut to milliseconds
 * @param changes at least one, in the order added, modified, deleted, as sent; none in a rollback
 * @param strict whether any unseen rival refuses the whole
 * @param reads further paths whose unseen change refuses a strict delta
 * @param request the request as sent
 * @param requestHash SHA-256 of its canonical JSON, which tells the same id with other content
 *     apart
 * @param sizeBytes of the request's canonical JSON
 * @param rollback the version whose document is wanted again, in place of changes; else null
 */
public record Delta(
    UpdateId id,
    long base,
    @Nullable Hash baseHash,
    Author author,
    Instant timestamp,
    String type,
    List<Change> changes,
    boolean strict,
    List<Pointer> reads,
    Json.Obj request,
    Hash requestHash,
    int sizeBytes,
    @Nullable Rollback rollback) {
  /**
   * The wish to have the document of a version again, whatever came since.
   *
   * @param to that version, 0 for the empty document
   * @param timed whether the author named a time; else it is the store's at the append
   * @param target the state at that version, read by the member that commits; null before that
   */
  public record Rollback(long to, boolean timed, @Nullable State target) {}

  /** Most changes in one delta. */
  public static final int MAX_CHANGES = 10_000;

  /** Most canonical bytes of one delta, and of a list of deltas. */
  public static final int MAX_BYTES = 4 << 20;

  /** Most leaves that one delta, or a list of deltas, writes. */
  public static final int MAX_LEAVES = 20_000;

  /** Most deltas of a list. */
  public static final int MAX_LIST = 1000;

  /**
   * How the ids of those versions begin that the product makes for a request that needs several.
   */
  static final String RESERVED_ID = "mnemogrid.part:";

  private static final int MAX_TYPE_LENGTH = 128;
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
  private static final Set<String> LISTS = Set.of("added", "modified", "deleted");

  public Delta {
    changes = List.copyOf(changes);
    reads = List.copyOf(reads);
  }

  /** A delta that is no rollback. */
  public Delta(
      UpdateId id,
      long base,
      @Nullable Hash baseHash,
      Author author,
      Instant timestamp,
      String type,
      List<Change> changes,
      boolean strict,
      List<Pointer> reads,
      Json.Obj request,
      Hash requestHash) {
    this(
        id,
        base,
        baseHash,
        author,
        timestamp,
        type,
        changes,
        strict,
        reads,
        request,
        requestHash,
        request.canonicalBytes().length,
        null);
  }

  /**
   * Reads a request of the HTTP shape.
   *
   * @throws JsonException with the pointer of what is missing, unknown, malformed or too much
   */
  public static Delta parse(Json.Obj request) {
    return new Parser(request).parse();
  }

  /**
   * Reads a rollback of the HTTP shape: {@code to}, {@code author}, {@code update_id}, and maybe
   * {@code timestamp} and {@code type}.
   *
   * @throws JsonException as {@link #parse}
   */
  public static Delta parseRollback(Json.Obj request) {
    return new Parser(request).parseRollback();
  }

  /** Reads either of the two shapes; a rollback is what has {@code to} and no changes. */
  public static Delta parseEither(Json.Obj request) {
    return request.get("to") != null && request.get("changes") == null
        ? parseRollback(request)
        : parse(request);
  }

  /**
   * The id of the {@code number}th version that it takes before its last, of its several. No author
   * can send it, and it is no other delta's, for ids are unique in their space.
   */
  public UpdateId partId(int number) {
    return new UpdateId(
        RESERVED_ID + number + ":" + Hash.sha256(id.text()).toString().substring(2));
  }

  /**
   * About how many leaves and KiB it touches in a document; where that is more than {@code enough},
   * any number that is. A rollback may touch all of both documents.
   */
  public long weigh(State head, long enough) {
    State target = rollback == null ? null : rollback.target;
    long weight = sizeBytes >> 10;
    if (target != null) {
      weight += head.leaves() + target.leaves() + ((head.sizeBytes() + target.sizeBytes()) >> 10);
    }
    for (Change change : changes) {
      if (weight > enough) {
        break;
      }
      weight += head.weigh(change.path(), enough - weight);
      if (change instanceof Change.Put put && put.leaves() != null) {
        weight += put.leaves().size();
      }
    }
    return weight;
  }

  /** Number of leaves that it writes, counting those that stand already. */
  public int leaves() {
    int leaves = 0;
    for (Change change : changes) {
      leaves += change instanceof Change.Put put && put.leaves() != null ? put.leaves().size() : 0;
    }
    return leaves;
  }

  /**
   * Refuses a list that is too much to be committed as one.
   *
   * @throws JsonException naming the limit
   */
  public static void checkList(List<Delta> deltas) {
    if (deltas.size() > MAX_LIST) {
      throw new JsonException(
          "", "a list has at most 1,000 deltas, got " + deltas.size() + "; send several lists");
    }
    int leaves = deltas.stream().mapToInt(Delta::leaves).sum();
    if (leaves > MAX_LEAVES) {
      throw new JsonException(
          "",
          "a list writes at most 20,000 leaves, got "
              + leaves
              + "; send several lists, or load a space with ./mnemogrid import");
    }
    long bytes = deltas.stream().mapToLong(Delta::sizeBytes).sum();
    if (bytes > MAX_BYTES) {
      throw new JsonException(
          "", "a list has at most 4 MiB, got " + bytes + " bytes; send several lists");
    }
  }

  /** Whether it is a rollback whose target must be read before it can be resolved. */
  public boolean lacksTarget() {
    return rollback != null && rollback.target == null;
  }

  /** The same rollback with the state that it leads to. */
  public Delta withTarget(State target) {
    Rollback asked = rollback;
    if (asked == null) {
      throw new IllegalStateException(id + " is no rollback");
    }
    return with(base, timestamp, new Rollback(asked.to, asked.timed, target));
  }

  /**
   * As it is judged against a head: for a rollback all up to the head counts as seen, and a time
   * that its author left out is {@code now}; any other delta is what it was.
   */
  public Delta against(long head, Instant now) {
    Rollback asked = rollback;
    return asked == null ? this : with(head, asked.timed ? timestamp : now, asked);
  }

  private Delta with(long seen, Instant time, Rollback asked) {
    return new Delta(
        id,
        seen,
        baseHash,
        author,
        time,
        type,
        changes,
        strict,
        reads,
        request,
        requestHash,
        sizeBytes,
        asked);
  }

  private record Parser(Json.Obj request) {
    Delta parse() {
      byte[] canonical = canonical();
      onlyKnown(request, MEMBERS, "");
      Json.Obj lists = object(required(request, "changes", ""), "/changes");
      onlyKnown(lists, LISTS, "/changes");
      List<Change> changes = new ArrayList<>();
      for (String list : List.of("added", "modified", "deleted")) {
        readChanges(lists, list, changes);
      }
      if (changes.isEmpty()) {
        throw new JsonException("/changes", "no change at all");
      }
      return new Delta(
          updateId(),
          version("base"),
          request.get("base_hash") == null
              ? null
              : value("/base_hash", () -> Hash.parse(string("base_hash"))),
          value("/author", () -> new Author(string("author"))),
          value("/timestamp", () -> Timestamps.parse(string("timestamp"))),
          type(),
          changes,
          strict(),
          reads(),
          request,
          Hash.sha256(canonical),
          canonical.length,
          null);
    }

    Delta parseRollback() {
      onlyKnown(request, ROLLBACK_MEMBERS, "");
      long to = version("to");
      boolean timed = request.get("timestamp") != null;
      byte[] canonical = canonical();
      return new Delta(
          updateId(),
          to,
          null,
          value("/author", () -> new Author(string("author"))),
          timed ? value("/timestamp", () -> Timestamps.parse(string("timestamp"))) : Instant.EPOCH,
          request.get("type") == null ? "rollback" : type(),
          List.of(),
          false,
          List.of(),
          request,
          Hash.sha256(canonical),
          canonical.length,
          new Rollback(to, timed, null));
    }

    private byte[] canonical() {
      byte[] canonical = request.canonicalBytes();
      if (canonical.length > MAX_BYTES) {
        throw new JsonException(
            "", "a delta has at most 4 MiB, got " + canonical.length + " bytes; send several");
      }
      return canonical;
    }

    private UpdateId updateId() {
      UpdateId id = value("/update_id", () -> new UpdateId(string("update_id")));
      if (id.text().startsWith(RESERVED_ID)) {
        throw new JsonException(
            "/update_id", "ids that begin with " + RESERVED_ID + " are made by the product alone");
      }
      return id;
    }

    private long version(String name) {
      if (required(request, name, "") instanceof Json.Num number
          && number.value() >= 0
          && number.value() == Math.rint(number.value())) {
        return (long) number.value();
      }
      throw new JsonException("/" + name, "a version is a whole number from 0");
    }

    private String type() {
      String type = string("type");
      if (type.isEmpty() || type.length() > MAX_TYPE_LENGTH) {
        throw new JsonException("/type", "a type has 1 to " + MAX_TYPE_LENGTH + " characters");
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
      List<Pointer> paths = new ArrayList<>();
      for (Json item : array(reads, "/reads", MAX_CHANGES)) {
        String at = "/reads/" + paths.size();
        if (!(item instanceof Json.Str path)) {
          throw new JsonException(at, "a path is a string");
        }
        paths.add(value(at, () -> Pointer.parsePath(path.value())));
      }
      return paths;
    }

    private static void readChanges(Json.Obj lists, String list, List<Change> changes) {
      Json items = lists.get(list);
      if (items == null) {
        return;
      }
      String valueName =
          switch (list) {
            case "added" -> "value";
            case "modified" -> "new_value";
            default -> null;
          };
      int index = 0;
      long leaves = changes.stream().mapToLong(Parser::leaves).sum();
      for (Json item : array(items, "/changes/" + list, MAX_CHANGES - changes.size())) {
        String at = "/changes/" + list + "/" + index++;
        Json.Obj change = object(item, at);
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
        Pointer path = value(at + "/key", () -> Pointer.parsePath(key.value()));
        path.key(); // hashed by the author's thread, and not by the one that commits for all
        Json old = change.get("old_value");
        leaves += valueName == null ? 0 : State.countLeavesOf(required(change, valueName, at));
        if (leaves > MAX_LEAVES) {
          throw new JsonException(
              at,
              "with it the delta writes "
                  + leaves
                  + " leaves, at most 20,000 are taken; send several deltas, or load a space with"
                  + " ./mnemogrid import");
        }
        changes.add(
            valueName == null
                ? new Change.Delete(path, key.value(), old)
                : new Change.Put(path, key.value(), required(change, valueName, at), old));
      }
    }

    private static int leaves(Change change) {
      return change instanceof Change.Put put ? State.countLeavesOf(put.value()) : 0;
    }

    private String string(String name) {
      if (required(request, name, "") instanceof Json.Str string) {
        return string.value();
      }
      throw new JsonException("/" + name, "a string");
    }

    private static List<Json> array(Json value, String at, int most) {
      if (!(value instanceof Json.Arr array)) {
        throw new JsonException(at, "an array");
      }
      if (array.items().size() > most) {
        throw new JsonException(at, "more than " + MAX_CHANGES + " changes; send several deltas");
      }
      return array.items();
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

    private static <T> T value(String at, java.util.function.Supplier<T> reader) {
      try {
        return reader.get();
      } catch (JsonException e) {
        throw e;
      } catch (IllegalArgumentException e) {
        throw new JsonException(at, String.valueOf(e.getMessage()));
      }
    }
  }
}
