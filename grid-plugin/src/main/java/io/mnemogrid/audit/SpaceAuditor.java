package io.mnemogrid.audit;

import io.mnemogrid.state.SpaceName;
import java.util.Optional;

/**
 * Recomputes a space from its first record and compares all that the store says of it: what the
 * full audit needs of a member. Each worker opens its own; one thread uses it.
 */
public interface SpaceAuditor extends AutoCloseable {
  /** How far it has come. */
  interface Progress {
    /** {@code done} of {@code total} versions were recomputed. */
    void at(long done, long total);
  }

  /**
   * The first mismatch of a space.
   *
   * @throws io.mnemogrid.log.LogUnavailable or another failure when that cannot be found out
   */
  Optional<Mismatch> audit(SpaceName space, Progress progress);

  @Override
  void close();
}
