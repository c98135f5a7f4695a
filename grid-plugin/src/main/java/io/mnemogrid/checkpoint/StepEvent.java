package io.mnemogrid.checkpoint;

/**
 * What a step of a {@link Checkpointer} met or did. Each event is handed out as it happens, so a
 * step that throws afterwards has reported what it did. Listeners hear the {@link CheckpointEvent}s
 * too. The events below are for the leader alone; all but {@link Prepared} come again with each
 * step that meets the same.
 */
public sealed interface StepEvent
    permits CheckpointEvent,
        StepEvent.Prepared,
        StepEvent.Waiting,
        StepEvent.Retried,
        StepEvent.Blocked,
        StepEvent.Stopped {
  /** A header is stored. */
  record Prepared(long number) implements StepEvent {}

  /** A checkpoint waits for the anchor. */
  record Waiting(long number) implements StepEvent {}

  /** A transaction failed, or was refused; the checkpoint is tried again. */
  record Retried(long number, String reason) implements StepEvent {}

  /** A checkpoint waits until sending it is allowed again: {@code budget} or {@code fee-cap}. */
  record Blocked(long number, String reason, String detail) implements StepEvent {}

  /** The anchor holds what the store does not, or an author is not trusted: nothing is written. */
  record Stopped(String code, String why) implements StepEvent {}
}
