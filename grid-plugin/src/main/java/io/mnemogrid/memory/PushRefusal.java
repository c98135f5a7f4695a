package io.mnemogrid.memory;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.io.Serializable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A push that was refused whole: none of its notes is seen.
 *
 * @param reason why
 * @param details what the writer needs to go on, by name; without the code
 */
public record PushRefusal(Reason reason, Json.Obj details) implements Serializable {
  /** Why a push is refused. */
  public enum Reason {
    /** A text is no note of this collective, or the notes are not consecutive ones of a writer. */
    PROTOCOL,
    /** The writer has not joined here, and note 1 is not among the notes. */
    UNKNOWN_WRITER,
    /**
     * The signature is not that of the writer over the last note, or that of an author is false.
     */
    BAD_SIGNATURE,
    /** Another key with the same id joined before. */
    ID_TAKEN,
    /** The author has not the role writer. */
    FORBIDDEN,
    /** A note, or one that it needs, is not seen here. */
    GAP,
    /** A number stands here with another hash, or the writer is not active. */
    FORK,
    /** The base is beyond the head. */
    VERSION_AHEAD,
    /** Its record would be larger than one may be: the notes are pushed in smaller portions. */
    RECORD_TOO_LARGE,
    /** Note 1 holds a value in clear that must be sealed. */
    CLEAR_TEXT,
    /** Note 1 holds what looks like a credential. */
    SECRET;

    /** As formats spell it. */
    public String text() {
      return Json.word(this);
    }
  }

  static PushRefusal of(Reason reason) {
    return new PushRefusal(reason, Json.EMPTY_OBJECT);
  }

  static PushRefusal gap(long have, @Nullable Dot need) {
    Json.Obj details = Json.object(Map.of("have", Json.of(have)));
    return new PushRefusal(
        Reason.GAP, need == null ? details : details.with("need", Json.of(need.toString())));
  }

  static PushRefusal fork(long seq, Hash here, Hash yours) {
    return new PushRefusal(
        Reason.FORK,
        Json.object(
            Map.of(
                "here", Json.of(here.toString()),
                "seq", Json.of(seq),
                "yours", Json.of(yours.toString()))));
  }

  /** A fork where only the digits of {@code /seen} are known of the note here. */
  static PushRefusal fork(Collective.Seen here, Hash yours) {
    return new PushRefusal(
        Reason.FORK,
        Json.object(
            Map.of(
                "here", Json.of("0x" + here.hash()),
                "seq", Json.of(here.seq()),
                "yours", Json.of(yours.toString()))));
  }

  static PushRefusal fork(long seq, Standing state) {
    return new PushRefusal(
        Reason.FORK, Json.object(Map.of("seq", Json.of(seq), "state", Json.of(state.text()))));
  }

  /** With the code, as answers spell it. */
  public Json.Obj toJson() {
    return details.with("code", Json.of(reason.text()));
  }
}
