package io.mnemogrid.demo;

import io.mnemogrid.state.Hash;

/** The place where checkpoints are made public, read without any code of the grid. */
interface Witness {
  /** What the chain, or the notary's file, says about one checkpoint. */
  record Testimony(Hash hash, String pointer, String author) {}

  /** One line that names the place. */
  String place();

  /** The checkpoint of that number; throws when there is none. */
  Testimony find(long number);
}
