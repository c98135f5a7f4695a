package io.mnemogrid;

/**
 * Makes members for {@link Mnemogrid#start}, which finds the provider with a {@link
 * java.util.ServiceLoader}. A bot calls {@link Mnemogrid#start} and never this.
 */
public interface MemberProvider {
  /** As {@link Mnemogrid#start}. */
  Mnemogrid start(GridConfig config);
}
