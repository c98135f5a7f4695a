package io.mnemogrid.memory;

import io.mnemogrid.state.Pointer;

/** A document of a collective holds what no note could have written. */
public final class MalformedMemory extends IllegalStateException {
  private static final long serialVersionUID = 1;

  MalformedMemory(Pointer place, Throwable why) {
    super("what stands at " + place + " is not of the form of a collective memory", why);
  }
}
