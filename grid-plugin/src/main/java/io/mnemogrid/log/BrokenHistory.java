package io.mnemogrid.log;

import io.mnemogrid.state.SpaceName;

/**
 * Our own data is wrong. A record cannot be read, does not follow from the one before, or has
 * another root; or a head row or a stored snapshot is malformed. Only this space is concerned.
 */
public final class BrokenHistory extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private final SpaceName space;
  private final long version;
  private final String what;

  /** Says where and what. */
  public BrokenHistory(SpaceName space, long version, String what) {
    super("space " + space + ", version " + version + ": " + what);
    this.space = space;
    this.version = version;
    this.what = what;
  }

  /** The space whose log is damaged. */
  public SpaceName space() {
    return space;
  }

  /** The version that is wrong, the first that was found. */
  public long version() {
    return version;
  }

  /** What is wrong with it. */
  public String what() {
    return what;
  }
}
