package io.mnemogrid.api;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.state.SpaceName;
import jakarta.inject.Singleton;

/** Finds the space that a request names. */
@Singleton
final class Spaces {
  private final Mnemogrid grid;

  Spaces(Mnemogrid grid) {
    this.grid = grid;
  }

  /**
   * The space of that name. A malformed name is answered with 400, a space that was not created
   * with 404.
   */
  Space find(String name) {
    SpaceName space = name(name);
    return grid.space(space).orElseThrow(() -> new ProblemException(Problem.unknownSpace(space)));
  }

  static SpaceName name(String text) {
    return Params.read("space", text, SpaceName::of);
  }
}
