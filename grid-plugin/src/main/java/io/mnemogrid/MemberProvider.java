package io.mnemogrid;

/**
 * Makes members: what stands behind {@link Mnemogrid#start}, which finds it with a {@link
 * java.util.ServiceLoader}. A bot calls {@link Mnemogrid#start} and never this.
 */
public interface MemberProvider {
  /** As {@link Mnemogrid#start}. */
  Mnemogrid start(GridConfig config);
}
