package io.mnemogrid.fault;

/** Why a fault cannot be played in a {@link Place}. */
public sealed interface Missing {
  /** The reason, as the end of a sentence. */
  String why();

  /** The machine lacks a tool or a right, which somebody can install or give. */
  record Tool(String why) implements Missing {}

  /** The grid has nothing that this fault could harm. */
  record Target(String why) implements Missing {}
}
