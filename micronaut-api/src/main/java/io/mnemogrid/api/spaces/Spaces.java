package io.mnemogrid.api.spaces;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.limits.EventLoops;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.SpaceName;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the space that a request names. */
@Singleton
public final class Spaces {
  private static final Logger LOG = LoggerFactory.getLogger(Spaces.class);

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
   * As {@link #find}, for a request that commits: while the store does not answer, it says that
   * nothing was committed, since nothing was begun.
   */
  public Space toWrite(String name) {
    try {
      return find(name);
    } catch (LogUnavailable e) {
      if (e.trouble() == LogUnavailable.Trouble.REFUSED) {
        throw e;
      }
      LOG.warn("space {} could not be read to be written: {}", name, e.getMessage());
      throw new ProblemException(
          Problem.unavailable("not-applied", "the space could not be read: the store is away"));
    }
  }

  /**
   * As {@link #find}, without waiting for anything: null where the space is not there or not loaded
   * here.
   */
  @Nullable Space loaded(String name) {
    return grid.loaded(Params.space(name)).orElse(null);
  }
}
