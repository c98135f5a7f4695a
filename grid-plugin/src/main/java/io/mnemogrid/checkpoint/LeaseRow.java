package io.mnemogrid.checkpoint;

/**
 * A lease as the store holds it. It has no time in it: a candidate takes over only after it has
 * seen the same counter for the whole time to live on its own monotonic clock.
 *
 * @param holder member id, empty before the first
 * @param epoch grows by one with every takeover; every write of a leader is conditional on it
 * @param counter grows by one with every renewal
 */
public record LeaseRow(String holder, long epoch, long counter) {
  /** The lease that nobody has held yet. */
  public static final LeaseRow NONE = new LeaseRow("", 0, 0);
}
