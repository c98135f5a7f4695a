package io.mnemogrid.demo;

import io.mnemogrid.state.Hash;

/** Where checkpoints are made public, read without any code of the grid. */
interface Witness {
  /** What it says of one checkpoint. */
  record Testimony(Hash hash, String pointer, String author) {}

  /** One line that names the place. */
  String place();

  /** The checkpoint of that number; throws when it does not stand there. */
  Testimony find(long number);
}
