package io.mnemogrid.log;

import io.mnemogrid.state.SpaceName;

/** Our own data is wrong: a record does not follow from the one before, or its root is another. */
public final class BrokenHistory extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /** Says where and what. */
  public BrokenHistory(SpaceName space, long version, String what) {
    super("space " + space + ", version " + version + ": " + what);
  }
}
