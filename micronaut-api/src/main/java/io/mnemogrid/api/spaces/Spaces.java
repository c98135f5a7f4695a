package io.mnemogrid.api.spaces;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.state.SpaceName;
import jakarta.inject.Singleton;

/** Finds the space that a request names. */
@Singleton
public final class Spaces {
  private final Mnemogrid grid;

  Spaces(Mnemogrid grid) {
    this.grid = grid;
  }

  /**
   * The space of that name. A malformed name is answered with 400, a space that was not created
   * with 404.
   */
  public Space find(String name) {
    SpaceName space = Params.space(name);
    return grid.space(space).orElseThrow(() -> new ProblemException(Problem.unknownSpace(space)));
  }
}
