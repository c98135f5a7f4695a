package io.mnemogrid.api.events;

import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.SpaceName;

/**
 * Which spaces a stream of many follows, also those that will be made.
 *
 * @param grant of the key that asked; it never changes as long as the key lives
 */
record Wide(Glob glob, Grant grant) {
  /** How the names of the product's own spaces begin. */
  private static final String OWN = "mnemogrid.";

  /** The product's own are followed only by who names them. */
  boolean wants(SpaceName space) {
    return glob.fits(space.text())
        && grant.has(space)
        && (!space.isReserved() || glob.text().startsWith(OWN));
  }
}
