package io.mnemogrid.grid;

/** The names that all members of a grid share. */
public final class GridNames {
  /** The distributed map: space name to its head state. */
  static final String HEADS = "mnemogrid.heads";

  /** The topic that announces commits. */
  static final String COMMITTED = "mnemogrid.committed";

  /** The topic that announces anything else. */
  static final String NEWS = "mnemogrid.news";

  /** The executor that commits for other members. */
  static final String COMMITS = "mnemogrid.commits";

  /** The executor that reads the log for members without a store. */
  static final String CALLS = "mnemogrid.calls";

  /** The distributed map of what the full audit found. */
  public static final String AUDITS = "mnemogrid.audits";

  /** Key under which this process's parts stand in a Hazelcast user context. */
  static final String LOCAL = "mnemogrid.local";

  /**
   * A key of the map. The owner of its partition commits for all spaces when the store is one file
   * on one host.
   */
  public static final String COMMITTER_KEY = "mnemogrid.committer";

  private GridNames() {}
}
