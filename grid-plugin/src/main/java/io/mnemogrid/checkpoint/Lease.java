package io.mnemogrid.checkpoint;

/** The leader's lease in the store. Calls block and throw the store's failure. */
public interface Lease {
  /** The lease as it stands, {@link LeaseRow#NONE} before the first holder. */
  LeaseRow read();

  /**
   * Replaces {@code expected} by {@code next} in one durable step. False when the row is no longer
   * the expected one; nothing was written then.
   */
  boolean replace(LeaseRow expected, LeaseRow next);
}
