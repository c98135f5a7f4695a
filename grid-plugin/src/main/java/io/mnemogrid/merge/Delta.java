package io.mnemogrid.merge;

import io.mnemogrid.secret.FoundSecret;
import io.mnemogrid.secret.SecretRule;
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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an author asks a space to become: an {@link Edit} of some of its places, a {@link Rollback}
 * to the document of a version, or a {@link Patch} of the document that it meets.
 */
public sealed interface Delta {
  /** Most changes in one delta. */
  int MAX_CHANGES = 10_000;

  /** Most canonical bytes of one delta, and of a list of deltas. */
  int MAX_BYTES = 4 << 20;

  /** Most leaves that one delta, or a list of deltas, writes. */
  int MAX_LEAVES = 20_000;

  /** Most characters of a type. */
  int MAX_TYPE_LENGTH = 128;

  /**
   * The beginning of the ids that the product chooses for whoever sends none. Their sender learns
   * such an id from the answer alone, so it cannot send the same again when there is none.
   */
  String MADE_ID = "mnemogrid.made:";

  /** Most deltas of a list. */
  int MAX_LIST = 1000;

  /**
   * Reads an edit of the HTTP shape.
   *
   * @throws JsonException with the pointer of what is missing, unknown, malformed or too much
   */
  static Edit parse(Json.Obj request) {
    return new DeltaReader(request).edit();
  }

  /**
   * Reads a rollback of the HTTP shape: {@code to}, {@code author}, {@code update_id}, and maybe
   * {@code timestamp} and {@code type}.
   *
   * @throws JsonException as {@link #parse}
   */
  static Rollback parseRollback(Json.Obj request) {
    return new DeltaReader(request).rollback();
  }

  /**
   * Reads a patch in the shape in which it is hashed and travels between members: {@code author},
   * {@code type}, {@code update_id}, and {@code json_patch} or {@code merge_patch}.
   *
   * @throws JsonException as {@link #parse}
   */
  static Patch parsePatch(Json.Obj request) {
    return new DeltaReader(request).patch();
  }

  /**
   * Reads any of the three shapes. What has a patch and no changes is a patch, and what has {@code
   * to} and no changes is a rollback.
   */
  static Delta parseAny(Json.Obj request) {
    if (DeltaReader.hasPatch(request)) {
      return parsePatch(request);
    }
    return request.get("to") != null && request.get("changes") == null
        ? parseRollback(request)
        : parse(request);
  }

  /** The author's id for it; the version that it becomes has the same. */
  UpdateId id();

  /** Whether the product chose its id, because its author sent none. */
  default boolean hasMadeId() {
    return id().text().startsWith(MADE_ID);
  }

  /** The version up to which all counts as seen, 0 for none. */
  long base();

  /** Who asks. */
  Author author();

  /** The author's time, cut to milliseconds. */
  Instant timestamp();

  /** The kind of update, in a word that the author chooses. */
  String type();

  /** The request as sent. */
  Json.Obj request();

  /** SHA-256 of the request's canonical JSON: it tells apart two requests with the same id. */
  Hash requestHash();

  /** Size of the request's canonical JSON. */
  int sizeBytes();

  /**
   * This delta as it is judged against a head. A rollback or a patch has then seen all up to the
   * head, and its time is {@code now} if its author named none. An edit stays as it is.
   */
  Delta against(long head, Instant now);

  /**
   * About how many leaves and KiB it touches in a document. If that is more than {@code enough},
   * the answer is any number above that. A rollback may touch all of both documents.
   */
  long weigh(State head, long enough);

  /**
   * The first secret in what its author wrote, or null. Before a delta is committed its author's
   * thread searches all of its text ({@link io.mnemogrid.secret.Secrets}); what comes from the log,
   * as the document of a rollback, is not searched. O(size of the request).
   */
  default Refusal.@Nullable Secret secret() {
    return DeltaSecrets.find(this);
  }

  /**
   * Where secrets stand in what its author wrote that pass because their rules are allowed: up to
   * 1,000 places. O(size of the request) where any rule is allowed.
   */
  default List<FoundSecret> passedSecrets() {
    return DeltaSecrets.passed(this);
  }

  /** Number of leaves that an edit writes, counting those that stand already; else 0. */
  int leaves();

  /**
   * The id of the {@code number}th version of a delta that takes several; the last version has the
   * author's id. No author can send such an id, and no other delta has it, because ids are unique
   * in their space.
   */
  default UpdateId partId(int number) {
    return new UpdateId(
        DeltaReader.RESERVED_ID + number + ":" + Hash.sha256(id().text()).toString().substring(2));
  }

  /**
   * Refuses a list that is too much to be committed as one.
   *
   * @throws JsonException naming the limit
   */
  static void checkList(List<Delta> deltas) {
    int leaves = 0;
    long bytes = 0;
    for (Delta delta : deltas) {
      if (deltas.size() > 1 && delta instanceof Patch) {
        throw new JsonException("", "a patch is committed by itself, not in a list");
      }
      leaves += delta.leaves();
      bytes += delta.sizeBytes();
    }
    if (deltas.size() > MAX_LIST) {
      throw new JsonException(
          "", "a list has at most 1,000 deltas, got " + deltas.size() + "; send several lists");
    }
    if (leaves > MAX_LEAVES) {
      throw new JsonException(
          "",
          "a list writes at most 20,000 leaves, got "
              + leaves
              + "; send several lists, or load a space with ./mnemogrid import");
    }
    if (bytes > MAX_BYTES) {
      throw new JsonException(
          "", "a list has at most 4 MiB, got " + bytes + " bytes; send several lists");
    }
  }

  /**
   * Changes of places of a document, by an author that has seen one of its versions.
   *
   * @param base the version seen, 0 for none
   * @param baseHash leaf hash of that version's record, when the author wants the history checked
   * @param changes at least one, in the order added, modified, deleted, as sent
   * @param strict whether any unseen rival refuses the whole
   * @param reads further paths whose unseen change refuses a strict edit
   * @param screening what is done about secrets in it
   */
  record Edit(
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
      Screening screening)
      implements Delta {
    public Edit {
      changes = List.copyOf(changes);
      reads = List.copyOf(reads);
    }

    /**
     * An edit that is made in this process, with the request that says the same.
     *
     * @param changes in any order; those of one kind keep theirs
     * @param reads paths as the author spells them
     * @throws JsonException as {@link Delta#parse} of that request
     */
    public static Edit of(
        UpdateId id,
        long base,
        Author author,
        Instant timestamp,
        String type,
        List<Change> changes,
        boolean strict,
        List<String> reads) {
      String time = Timestamps.format(timestamp);
      Map<String, List<Change>> lists = new TreeMap<>(); // added, deleted, modified
      changes.forEach(change ->
          lists.computeIfAbsent(ChangeList.nameOf(change), _ -> new ArrayList<>()).add(change));
      Map<String, Json> request = new TreeMap<>();
      request.put("author", Json.of(author.name()));
      request.put("base", Json.of(base));
      request.put("changes", ChangeList.toJson(lists));
      request.put("timestamp", Json.of(time));
      request.put("type", Json.of(type));
      request.put("update_id", Json.of(id.text()));
      if (strict) {
        request.put("strict", Json.TRUE);
      }
      if (!reads.isEmpty()) {
        request.put("reads", Json.ofStrings(reads));
      }
      Json.Obj whole = new Json.Obj(request);
      byte[] canonical = DeltaReader.canonical(whole);
      ChangeList inOrder = new ChangeList();
      for (String list : ChangeList.NAMES) {
        inOrder.addAll(lists.getOrDefault(list, List.of()), "/changes/" + list);
      }
      return new Edit(
          DeltaReader.checkedId(id),
          DeltaReader.checkedVersion(base, "/base"),
          null,
          author,
          JsonException.at("/timestamp", () -> Timestamps.parse(time)),
          DeltaReader.checkedType(type),
          inOrder.atLeastOne(),
          strict,
          DeltaReader.paths(reads, "/reads"),
          whole,
          Hash.sha256(canonical),
          canonical.length,
          Screening.USUAL);
    }

    /**
     * This edit, by an author who may write the secrets that these rules find. Everybody who reads
     * the space will read them, and the log keeps them for ever.
     */
    public Edit allowingSecrets(Set<SecretRule> rules) {
      return with(new Screening(rules, screening.cut()));
    }

    /**
     * This edit with each secret in its values and its type cut out; {@link #screening} says where.
     * The hash of the request is that of what is left, so the log has no hash of a secret. An edit
     * without a secret stays as it is. A secret in a path, a name, an id or the author is left, and
     * refuses the edit.
     *
     * @throws JsonException when what is left is too much for a delta
     */
    public Edit withoutSecrets() {
      return DeltaSecrets.without(this);
    }

    Edit with(Screening other) {
      return new Edit(
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
          sizeBytes,
          other);
    }

    @Override
    public Edit against(long head, Instant now) {
      return this;
    }

    @Override
    public long weigh(State head, long enough) {
      long weight = sizeBytes >> 10;
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

    @Override
    public int leaves() {
      int leaves = 0;
      for (Change change : changes) {
        leaves +=
            change instanceof Change.Put put && put.leaves() != null ? put.leaves().size() : 0;
      }
      return leaves;
    }
  }

  /**
   * The wish to have the document of a version again, whatever came since.
   *
   * @param to that version, 0 for the empty document
   * @param base {@code to} at first; the head, once it is judged
   * @param timestamp {@link Instant#EPOCH} until it is judged, where the author named no time
   * @param timed whether the author named a time; if not, it gets the store's time at the append
   * @param target the state at that version, read by the member that commits; null before that
   */
  record Rollback(
      UpdateId id,
      long to,
      long base,
      Author author,
      Instant timestamp,
      boolean timed,
      String type,
      Json.Obj request,
      Hash requestHash,
      int sizeBytes,
      @Nullable State target)
      implements Delta {
    /** The type of a rollback whose author names none. */
    static final String TYPE = "rollback";

    /**
     * A rollback that is made in this process and leaves time and type to the store.
     *
     * @throws JsonException as {@link Delta#parseRollback} of the request that says the same
     */
    public static Rollback of(UpdateId id, long to, Author author) {
      Json.Obj request =
          Json.object(
              Map.of(
                  "author", Json.of(author.name()),
                  "to", Json.of(to),
                  "update_id", Json.of(id.text())));
      byte[] canonical = request.canonicalBytes();
      return new Rollback(
          DeltaReader.checkedId(id),
          DeltaReader.checkedVersion(to, "/to"),
          to,
          author,
          Instant.EPOCH,
          false,
          TYPE,
          request,
          Hash.sha256(canonical),
          canonical.length,
          null);
    }

    /** Whether its target must be read before it can be resolved. */
    public boolean lacksTarget() {
      return target == null;
    }

    /** This rollback with the state that it leads to. */
    public Rollback withTarget(State state) {
      return with(base, timestamp, state);
    }

    @Override
    public Rollback against(long head, Instant now) {
      return with(head, timed ? timestamp : now, target);
    }

    private Rollback with(long seen, Instant time, @Nullable State state) {
      return new Rollback(
          id, to, seen, author, time, timed, type, request, requestHash, sizeBytes, state);
    }

    @Override
    public long weigh(State head, long enough) {
      long weight = sizeBytes >> 10;
      return target == null
          ? weight
          : weight
              + head.leaves()
              + target.leaves()
              + ((head.sizeBytes() + target.sizeBytes()) >> 10);
    }

    @Override
    public int leaves() {
      return 0;
    }
  }

  /**
   * A patch of the document at the head that it is appended to. All up to there counts as seen, and
   * its time is the store's at the append.
   *
   * @param base 0 at first; the head, once it is judged
   * @param timestamp {@link Instant#EPOCH} until it is judged
   * @param screening what is done about secrets in it
   */
  record Patch(
      UpdateId id,
      long base,
      Author author,
      Instant timestamp,
      String type,
      PatchBody body,
      Json.Obj request,
      Hash requestHash,
      int sizeBytes,
      Screening screening)
      implements Delta {
    /** The type of a patch whose author names none. */
    public static final String TYPE = "patch";

    /**
     * A JSON Patch (RFC 6902).
     *
     * @throws JsonException with a pointer into {@code patch} of what is malformed or too much
     */
    public static Patch ofSteps(UpdateId id, Author author, String type, Json patch) {
      PatchBody.ofSteps(patch, ""); // what is wrong is named as its author sees it
      return of(id, author, type, DeltaReader.JSON_PATCH, patch);
    }

    /**
     * A JSON Merge Patch (RFC 7396).
     *
     * @throws JsonException when it is too much
     */
    public static Patch ofMerge(UpdateId id, Author author, String type, Json patch) {
      PatchBody.ofMerge(patch, "");
      return of(id, author, type, DeltaReader.MERGE_PATCH, patch);
    }

    private static Patch of(UpdateId id, Author author, String type, String kind, Json patch) {
      return parsePatch(
          Json.object(
              Map.of(
                  "author",
                  Json.of(author.name()),
                  "type",
                  Json.of(type),
                  "update_id",
                  Json.of(id.text()),
                  kind,
                  patch)));
    }

    @Override
    public Patch against(long head, Instant now) {
      return new Patch(
          id, head, author, now, type, body, request, requestHash, sizeBytes, screening);
    }

    /** This patch, by an author who may write what {@link Edit#allowingSecrets} says. */
    public Patch allowingSecrets(Set<SecretRule> rules) {
      return new Patch(
          id,
          base,
          author,
          timestamp,
          type,
          body,
          request,
          requestHash,
          sizeBytes,
          new Screening(rules, List.of()));
    }

    @Override
    public long weigh(State head, long enough) {
      long weight = sizeBytes >> 10;
      return weight + new PatchWeight(head, enough - weight).of(body);
    }

    @Override
    public int leaves() {
      return 0;
    }
  }
}
