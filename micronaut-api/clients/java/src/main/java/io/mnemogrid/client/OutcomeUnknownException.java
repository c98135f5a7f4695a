package io.mnemogrid.client;

/**
 * Nobody knows yet whether an update is in the log. Send the same again under the same id, or ask
 * {@link Space#updateWithId}: an update that is not there may still come.
 */
public final class OutcomeUnknownException extends MnemogridException {
  private static final long serialVersionUID = 1;

  /** The id under which it was sent. */
  private final String updateId;

  OutcomeUnknownException(String updateId, String why, Throwable cause) {
    super("the outcome of update " + updateId + " is unknown: " + why, cause);
    this.updateId = updateId;
  }

  /** The id under which it was sent. */
  public String updateId() {
    return updateId;
  }
}
