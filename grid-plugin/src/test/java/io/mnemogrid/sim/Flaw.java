package io.mnemogrid.sim;

/** What a run is judged by; each must find nothing. */
enum Flaw {
  ACKNOWLEDGED_AND_LOST("acknowledged and lost"),
  APPLIED_TWICE("applied twice"),
  VERSIONS("versions missing or doubled"),
  REPLICAS_DIFFER("replicas differing"),
  ROOTS_DIFFER("roots differing"),
  STALE_READS("stale reads beyond a bound"),
  UNKNOWN_LEFT_OPEN("unknown outcomes left unresolved"),
  TOLD_OTHERWISE("told what is not so"),
  MISJUDGED("conflicts judged against the rules"),
  CLOCKS("a correct write refused or a future time accepted"),
  TWO_HEADERS("two headers, or two leaders of an epoch"),
  STANDS_STILL("what should move and stands still"),
  BROKEN("a part that stopped");

  private final String words;

  Flaw(String words) {
    this.words = words;
  }

  @Override
  public String toString() {
    return words;
  }
}
