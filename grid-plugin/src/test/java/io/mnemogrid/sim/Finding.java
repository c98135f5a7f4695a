package io.mnemogrid.sim;

/** One thing that is wrong, in a sentence. */
record Finding(Flaw flaw, String what) {
  @Override
  public String toString() {
    return flaw + ": " + what;
  }
}
