package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Json;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint as the store keeps it.
 *
 * @param status how far it has come
 * @param transaction what was signed for it last, or null before that
 * @param prepared when the header was written, by the store's clock
 * @param submitted when a transaction for it was first signed, or null before that; set again when
 *     it was final and had to be sent again
 * @param finalized when it was found final, or null before that
 */
public record StoredCheckpoint(
    Checkpoint checkpoint,
    Status status,
    @Nullable SignedTransaction transaction,
    Instant prepared,
    @Nullable Instant submitted,
    @Nullable Instant finalized)
    implements Serializable {
  /** How far a checkpoint has come. */
  public enum Status {
    /** The header is written, nothing was sent. */
    PENDING,
    /** A transaction was signed and handed to the chain. */
    SENT,
    /** It is in a block that is not deep enough yet. */
    CONFIRMED,
    /** It is deep enough, and the chain holds this header's hash. */
    FINALIZED;

    /** As the API spells it. */
    public String text() {
      return Json.word(this);
    }
  }

  /**
   * The time from submitted to final; zero before that, or if another member's transaction brought
   * it.
   */
  public Duration latency() {
    return submitted == null || finalized == null || finalized.isBefore(submitted)
        ? Duration.ZERO
        : Duration.between(submitted, finalized);
  }

  /** Its number. */
  public long number() {
    return checkpoint.number();
  }
}
