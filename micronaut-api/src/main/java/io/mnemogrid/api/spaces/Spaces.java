package io.mnemogrid.api.spaces;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.limits.EventLoops;
import io.mnemogrid.state.SpaceName;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Finds the space that a request names. */
@Singleton
public final class Spaces {
  private final Mnemogrid grid;

  Spaces(Mnemogrid grid) {
    this.grid = grid;
  }

  /**
   * The space of that name. A malformed name is answered with 400, a space that was not created
   * with 404. Blocks until its replica is loaded.
   *
   * @throws IllegalStateException on an event loop
   */
  public Space find(String name) {
    EventLoops.refuse();
    SpaceName space = Params.space(name);
    return grid.space(space).orElseThrow(() -> new ProblemException(Problem.unknownSpace(space)));
  }

  /**
   * As {@link #find}, without waiting for anything: null where the space is not there or not loaded
   * here.
   */
  @Nullable Space loaded(String name) {
    return grid.loaded(Params.space(name)).orElse(null);
  }
}
