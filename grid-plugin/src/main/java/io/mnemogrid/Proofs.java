package io.mnemogrid;

import io.mnemogrid.checkpoint.Prover.Answer;
import io.mnemogrid.checkpoint.SignedLog;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.util.Optional;

/**
 * Bundles for outsiders (FORMATS §7): each proves a claim by nothing but the hash of a checkpoint.
 * Calls block; safe for all threads. A member without a store asks one that has it.
 */
public interface Proofs {
  /**
   * What stands at a path.
   *
   * @param version 0 for the newest that the checkpoint covers
   * @param checkpoint 0 for the newest final one
   */
  Answer fact(SpaceName space, Pointer path, long version, long checkpoint);

  /** The update that made a version; 0 as in {@link #fact}. */
  Answer update(SpaceName space, long version, long checkpoint);

  /**
   * Proves that the history at version {@code to} extends the one at {@code from}.
   *
   * @param from at least 1
   * @param to a version that is the head in some final checkpoint; 0 for the newest of these
   */
  Answer consistency(SpaceName space, long from, long to);

  /**
   * The log of a space as of the newest final checkpoint, signed for existing tooling; empty while
   * no checkpoint has it.
   *
   * @throws IllegalStateException when the members of this grid keep no key
   */
  Optional<SignedLog> signedLog(SpaceName space);
}
