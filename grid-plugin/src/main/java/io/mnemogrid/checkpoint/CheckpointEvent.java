package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Json;
import java.time.Duration;
import java.util.List;

/** What happened to checkpoints on the member that leads, for its listeners and its metrics. */
public sealed interface CheckpointEvent extends StepEvent {
  /** How a transaction came to be sent. */
  enum How {
    /** For the first time. */
    NEW,
    /** The same raw transaction again, because the anchor lost it. */
    AGAIN,
    /** With the nonce of a transaction that waits, and a higher fee. */
    REPLACEMENT;

    /** As a metric's tag spells it. */
    public String text() {
      return Json.word(this);
    }
  }

  /** A transaction was handed to the anchor. */
  record Sent(SignedTransaction transaction, How how) implements CheckpointEvent {
    /** For the log: which checkpoints, and how. */
    public String text() {
      long first = transaction.first();
      String range = first == transaction.last() ? "" : " to " + transaction.last();
      return "sent checkpoint "
          + first
          + switch (how) {
            case NEW -> range;
            case AGAIN -> " again";
            case REPLACEMENT -> range + " with a higher fee";
          };
    }
  }

  /** It is known what a transaction cost. */
  record Paid(SignedTransaction transaction, Cost cost) implements CheckpointEvent {}

  /** A transaction can never write, because another one took its nonce or its number. */
  record Conflict(SignedTransaction transaction, String reason) implements CheckpointEvent {}

  /**
   * The {@code count} checkpoints after this one were confirmed or final, and are on the chain no
   * longer.
   */
  record Undone(long after, long count) implements CheckpointEvent {}

  /** The set of spaces that are held up has changed. */
  record HeldUp(List<Held> spaces) implements CheckpointEvent {}

  /** A step failed; {@code kind} is one of a few words, as a metric's tag spells it. */
  record Failed(String kind, String reason) implements CheckpointEvent {}

  /** A checkpoint is final; {@code latency} after a transaction for it was first submitted. */
  record Finalized(StoredCheckpoint checkpoint, Duration latency) implements CheckpointEvent {}
}
