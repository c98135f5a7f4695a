package io.mnemogrid.check;

/**
 * What a run is counted by; every column must be 0. {@link Checker} says what goes into the first
 * eight, {@link Motion} into the next four, {@link RollReport} into the last.
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

  /** As a table says it. */
  public String title() {
    return title;
  }
}
