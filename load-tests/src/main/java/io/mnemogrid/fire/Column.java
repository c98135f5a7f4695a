package io.mnemogrid.fire;

/** What a run is counted by; every column must be 0. {@link Checker} says what goes into each. */
enum Column {
  LOST("acknowledged and lost"),
  TWICE("applied twice"),
  VERSIONS("versions missing or doubled"),
  REPLICAS("replicas differing"),
  ROOTS("roots differing"),
  STALE("stale reads"),
  OPEN("unknown outcomes unresolved"),
  ANSWERS("answers that were wrong");

  private final String title;

  Column(String title) {
    this.title = title;
  }

  /** As a table says it. */
  String title() {
    return title;
  }
}
