package io.mnemogrid.check;

/**
 * A column of the table: one kind of flaw, whose count must be 0. {@link Checker} fills the first
 * eight columns, {@link Motion} the next four, {@link RollReport} the last.
 */
public enum Flaw {
  LOST("acknowledged and lost"),
  TWICE("applied twice"),
  VERSIONS("versions missing or doubled"),
  REPLICAS("replicas differing"),
  ROOTS("roots differing"),
  STALE("stale reads"),
  OPEN("unknown outcomes unresolved"),
  ANSWERS("answers that were wrong"),
  AUDIT("audits that stood still"),
  CHECKPOINTS("checkpoints that stood still"),
  CLOSES("closes that took too long"),
  LOGS("logs of bots not quiet"),
  GAPS("gaps that were too long");

  private final String title;

  Flaw(String title) {
    this.title = title;
  }

  /** The column's name in a table. */
  public String title() {
    return title;
  }
}
