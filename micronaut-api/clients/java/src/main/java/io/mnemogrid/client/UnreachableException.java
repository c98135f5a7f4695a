package io.mnemogrid.client;

/** No member answered until the deadline. Of a commit: nothing of it reached any member. */
public final class UnreachableException extends MnemogridException {
  private static final long serialVersionUID = 1;

  UnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
