package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Json;

/** How a full audit of the store stands, or the audit of one of its spaces. */
public enum AuditStatus {
  /** No audit was ever asked for. */
  NONE,
  /** It is under way: versions are being recomputed. */
  RUNNING,
  /** All that the store says agrees with what was recomputed. */
  VERIFIED,
  /** Something that the store says is not what was recomputed. */
  MISMATCH,
  /** It ended, and not all could be found out. */
  UNKNOWN;

  /** As the API spells it. */
  public String text() {
    return Json.word(this);
  }
}
