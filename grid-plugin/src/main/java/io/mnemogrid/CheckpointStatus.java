package io.mnemogrid;

import io.mnemogrid.checkpoint.Cost;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The status of checkpoints now.
 *
 * @param sinceFinal how long ago the newest final one was found final; null before the first
 * @param waiting how many are prepared and not final
 * @param oldestWaits how long ago the oldest of these was prepared; zero when none waits
 * @param leading what only the member that leads knows; null on others
 */
public record CheckpointStatus(
    @Nullable Duration sinceFinal, int waiting, Duration oldestWaits, @Nullable Leading leading) {
  /**
   * What the leader knows.
   *
   * @param blocked why nothing is sent now, in a word; null when nothing is in the way
   * @param budgetLeft what is left of the budget of 24 hours
   */
  public record Leading(@Nullable String blocked, Cost budgetLeft) {}

  /** What only the member that leads knows. */
  public Optional<Leading> asLeader() {
    return Optional.ofNullable(leading);
  }
}
