package io.mnemogrid.merge;

import io.mnemogrid.secret.SecretRule;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.Tag;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why a delta was refused whole. It left no trace, and its id is free (but for a reused id). */
public sealed interface Refusal extends Serializable {
  /** The stable name that programs compare. */
  default String code() {
    return switch (this) {
      case VersionAhead _ -> "version-ahead";
      case OtherHistory _ -> "other-history";
      case StrictConflict _ -> "strict-conflict";
      case IdReused _ -> "update-id-reused";
      case IdRepeated _ -> "update-id-repeated";
      case PartlyKnown _ -> "list-partly-known";
      case OverlappingPaths _ -> "overlapping-paths";
      case PathThroughArray _ -> "path-through-array";
      case FutureTimestamp _ -> "future-timestamp";
      case BadValue _ -> "bad-value";
      case TooLarge _ -> "too-large";
      case Quota _ -> "quota";
      case Secret _ -> "secret";
      case UnknownSpace _ -> "unknown-space";
      case StoreRefused _ -> "store-refused";
      case NotCurrent _ -> "precondition-failed";
      case TestFailed _ -> "test-failed";
      case PatchFailed _ -> "patch-failed";
      case Policy _ -> "policy";
      case BadPolicy _ -> "bad-policy";
      case NotGranted _ -> "author-not-granted";
      case BadSignature _ -> "bad-signature";
      case Required required ->
          switch (required.what) {
            case CONDITION -> "precondition-required";
            case ID -> "idempotency-key-required";
            case SIGNATURE -> "signature-required";
          };
    };
  }

  /**
   * Whether the delta, sent by itself, is refused at every later version of this history too. Only
   * such a refusal also rules out that an earlier sending of the same id, which may still be under
   * way, is committed later. A change around a path that is read stays a change. But a rival of a
   * write may go, an old value may come back, and a clock moves on. A failed condition counts for
   * the sendings that have this condition.
   */
  default boolean isLasting(Delta delta) {
    return switch (this) {
      case IdReused _, IdRepeated _, PartlyKnown _, OtherHistory _, OverlappingPaths _ -> true;
      case BadValue _ -> !(delta instanceof Delta.Patch); // which moves and copies what stands
      case NotCurrent other -> other.condition.isOverAfter(other.version);
      case StrictConflict conflict ->
          conflict.conflicts.stream()
              .anyMatch(standing ->
                  standing.tag != null
                      && standing.tag.version() > delta.base()
                      && delta instanceof Delta.Edit edit
                      && edit.reads().stream().anyMatch(standing.path::overlaps));
      // these depend on the head, on the store's clock, on what a database accepts, or on what was
      // allowed to an earlier sending
      case VersionAhead _,
          PathThroughArray _,
          FutureTimestamp _,
          TooLarge _,
          Quota _,
          Secret _,
          UnknownSpace _,
          StoreRefused _,
          TestFailed _,
          PatchFailed _,
          // and these on the policy at the head, and on who sends it
          Policy _,
          BadPolicy _,
          NotGranted _,
          BadSignature _,
          Required _ ->
          false;
    };
  }

  /** The base lies beyond the log's head. */
  record VersionAhead(long base, long head) implements Refusal {}

  /** The base hash is not the leaf hash of that version here. */
  record OtherHistory(long base, Hash given, @Nullable Hash here) implements Refusal {}

  /** Something was changed that the author had not seen, or an old value does not stand. */
  record StrictConflict(List<Standing> conflicts, long head) implements Refusal {
    public StrictConflict {
      conflicts = List.copyOf(conflicts);
    }

    /** A refusal lists this many conflicts at most; more are left out. */
    public static final int MAX_TOLD = 100;

    /** A value of more canonical bytes than this is left out of the list. */
    public static final int MAX_VALUE_BYTES = 64 << 10;

    /**
     * What stands at a path that conflicts.
     *
     * @param value null where nothing stands, and where the value is too large to be listed
     * @param large whether the value is left out because it is too large
     */
    public record Standing(Pointer path, @Nullable Json value, @Nullable Tag tag, boolean large)
        implements Serializable {
      /** A place whose value is listed, or where nothing stands. */
      public Standing(Pointer path, @Nullable Json value, @Nullable Tag tag) {
        this(path, value, tag, false);
      }
    }
  }

  /** The id stands in the log with another request. */
  record IdReused(long version) implements Refusal {}

  /**
   * A delta of the list before this one has its id.
   *
   * @param earlier where that one stands in the list, from 0
   */
  record IdRepeated(int earlier) implements Refusal {}

  /**
   * The id stands in the log with this very request, and others of its list do not: the list was
   * never committed as it is, and can no longer be.
   */
  record PartlyKnown(long version) implements Refusal {}

  /** Two changes of the delta concern one place. */
  record OverlappingPaths(Pointer first, Pointer second) implements Refusal {}

  /** A path leads through a standing array, which is replaced whole or not at all. */
  record PathThroughArray(Pointer path, Pointer array) implements Refusal {}

  /** The author's time lies in the future of the store's clock. */
  record FutureTimestamp(Instant timestamp, Instant now) implements Refusal {}

  /** A value that no document may hold at that place. */
  record BadValue(Pointer path, String why) implements Refusal {}

  /**
   * Its record would be too large: what it sets, what that replaces and beats, and what it lost.
   *
   * @param bytes about how many it would have
   * @param most bytes that a record may have
   */
  record TooLarge(long bytes, long most) implements Refusal {}

  /**
   * The document, or those that the member holds together, would grow over a limit.
   *
   * @param of what is counted
   * @param used how much there is now
   * @param wanted how much there would be
   */
  record Quota(Counted of, long used, long wanted, long limit) implements Refusal {
    /** What a limit is set for. */
    public enum Counted {
      LEAVES("leaves of the space"),
      BYTES("bytes of the space"),
      GRID_BYTES("bytes of memory for documents that a member must hold");

      private final String text;

      Counted(String text) {
        this.text = text;
      }

      /** For people. */
      public String text() {
        return text;
      }
    }
  }

  /**
   * There is a secret in what the author wrote. It stands neither here nor in a log.
   *
   * @param pointer JSON Pointer into the request: of the text, or of the object that has a member
   *     with such a name
   * @param rule the rule that found it
   */
  record Secret(String pointer, SecretRule rule) implements Refusal {}

  /** The space was never created. */
  record UnknownSpace() implements Refusal {}

  /**
   * The head is not what the sending demands.
   *
   * @param condition what it demands
   * @param version of the head
   * @param root of the head
   * @param leafHash of the head
   */
  record NotCurrent(Condition condition, long version, Hash root, Hash leafHash)
      implements Refusal {}

  /**
   * Another value stands where a step of a patch tests.
   *
   * @param step number of the step, from 0
   * @param value null where nothing stands, and where the value has more than {@link
   *     StrictConflict#MAX_VALUE_BYTES}
   * @param large whether the value is left out because it is too large
   */
  record TestFailed(int step, Pointer path, @Nullable Json value, boolean large)
      implements Refusal {}

  /**
   * A step of a patch cannot be done on the document that it meets.
   *
   * @param step number of the step, from 0; -1 where no single one is to blame
   */
  record PatchFailed(int step, Pointer path, String why) implements Refusal {}

  /**
   * The policy of the space does not allow it, or it would change what is reserved.
   *
   * @param path of the document, where it would change something; null where the whole is meant
   * @param rule JSON Pointer into the policy of the rule that does not allow it; empty for what
   *     holds in every space
   * @param why for people
   */
  record Policy(@Nullable Pointer path, String rule, String why) implements Refusal {
    /** The refusal of a change of the root that would change what is reserved. */
    static Policy ofReserved(Pointer path) {
      return new Policy(
          path,
          "",
          "what replaces or merges a whole document leaves "
              + Reserved.PLACE
              + " as it stands; an operator changes it by naming a path there");
    }
  }

  /**
   * What stands below {@code /_mnemogrid} would be no policy that this version knows.
   *
   * @param pointer JSON Pointer into the document
   */
  record BadPolicy(String pointer, String why) implements Refusal {}

  /** Who sends it may not write as this author, or not here. */
  record NotGranted(Author author) implements Refusal {}

  /**
   * It is signed, and not by a key that is its author's.
   *
   * @param why for people
   */
  record BadSignature(Author author, String why) implements Refusal {}

  /** The policy of the space demands what the sending lacks. */
  record Required(Demand what) implements Refusal {
    /** What a policy may demand of each sending. */
    public enum Demand {
      /** A condition that names a version, or that there is none. */
      CONDITION,
      /** An id that its sender chose, so that it can send it again. */
      ID,
      /** A signature of its author. */
      SIGNATURE
    }
  }

  /**
   * The database works and does not accept a record of this request. In a list, it may be the
   * record of another delta.
   *
   * @param reason what the database says, for people: the first line, cut to {@value #MAX_REASON}
   *     characters. Further lines would show internals of the database
   */
  record StoreRefused(String reason) implements Refusal {
    /** A longer reason is cut to this many characters. */
    public static final int MAX_REASON = 1000;

    public StoreRefused {
      String line = reason.lines().findFirst().orElse("");
      reason = line.substring(0, Math.min(MAX_REASON, line.length()));
    }
  }
}
