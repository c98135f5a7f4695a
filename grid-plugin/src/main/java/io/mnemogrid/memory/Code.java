package io.mnemogrid.memory;

import io.mnemogrid.state.Json;

/** Why a note is void: it has its number, is seen and has no effect. */
public enum Code {
  /** A member, a value or an operation that the format does not have. */
  SCHEMA,
  /** A text, or the note itself, is longer than it may be. */
  TOO_LARGE,
  /** A set or a leaf would be larger than it may be. */
  SET_FULL,
  /** The author has not the role that an operation takes. */
  FORBIDDEN,
  /** The stamp is more than 5 seconds ahead of the log's clock. */
  CLOCK_AHEAD,
  /** A value in clear where the collective's policy demands it sealed. */
  CLEAR_TEXT,
  /** A text looks like a credential. */
  SECRET,
  /** It needs a note of a forked writer that this history does not have. */
  ORPHAN;

  /** As formats spell it. */
  public String text() {
    return Json.word(this);
  }

  /**
   * The code that a text spells.
   *
   * @throws IllegalArgumentException when it spells none
   */
  public static Code parse(String text) {
    for (Code code : values()) {
      if (code.text().equals(text)) {
        return code;
      }
    }
    throw new IllegalArgumentException("no code of a void note");
  }
}
