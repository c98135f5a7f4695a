package io.mnemogrid.client;

/**
 * What went wrong with a call. Its kinds are {@link ProblemException} (a member refused it), {@link
 * OutcomeUnknownException}, {@link UnreachableException} (no member answered), {@link
 * OtherHistoryException} (of events), {@link OtherGridException} (of signers) and {@link
 * BadAnswerException}. No message has the key.
 */
public class MnemogridException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** A failure with its cause, which may be null. */
  MnemogridException(String message, Throwable cause) {
    super(message, cause);
  }
}
