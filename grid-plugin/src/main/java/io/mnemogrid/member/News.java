package io.mnemogrid.member;

import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.util.HashMap;

/** What members announce to each other besides commits, at best effort. */
sealed interface News extends Serializable {
  /** A checkpoint is wanted now. */
  record Demand() implements News {}

  /**
   * All versions of these spaces up to these are final, with this checkpoint and all before it. The
   * newest is said again from time to time without its spaces, for news may be lost.
   */
  record Final(long checkpoint, HashMap<SpaceName, Long> versions) implements News {}

  /**
   * What a member is asked of rates that all members grant together.
   *
   * @param member its id
   * @param rates thousandths of each rate, by name, of those that are in use
   */
  record Asked(String member, HashMap<String, Long> rates) implements News {}
}
