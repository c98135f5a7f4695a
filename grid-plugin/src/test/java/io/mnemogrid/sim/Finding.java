package io.mnemogrid.sim;

/** One thing that is wrong, in a sentence. */
record Finding(Column column, String what) {
  @Override
  public String toString() {
    return column + ": " + what;
  }
}
