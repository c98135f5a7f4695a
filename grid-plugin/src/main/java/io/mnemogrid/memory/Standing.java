package io.mnemogrid.memory;

import io.mnemogrid.state.Json;

/** What a writer is; of two that are joined the later of these stands. */
public enum Standing {
  /** Writes. */
  ACTIVE,
  /** Given up. */
  RETIRED,
  /** One of its numbers was given twice. */
  FORKED;

  /** As documents spell it. */
  public String text() {
    return Json.word(this);
  }

  Standing join(Standing other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
