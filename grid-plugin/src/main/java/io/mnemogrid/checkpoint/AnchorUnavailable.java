package io.mnemogrid.checkpoint;

/** The anchor cannot be reached or answers nonsense; what was sent may have arrived. */
public final class AnchorUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what failed. */
  public AnchorUnavailable(String message, Throwable cause) {
    super(message, cause);
  }

  /** Says what failed. */
  public AnchorUnavailable(String message) {
    super(message);
  }
}
