package io.mnemogrid.checkpoint;

/** Our own data is wrong: what is stored of a checkpoint cannot be read, or is another's. */
public final class BrokenCheckpoint extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /** Says which and what. */
  public BrokenCheckpoint(long number, String what) {
    super(
        "checkpoint "
            + number
            + " is damaged: "
            + what
            + "; ./mnemogrid fsck tells all that is wrong");
  }
}
