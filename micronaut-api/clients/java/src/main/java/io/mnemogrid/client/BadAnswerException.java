package io.mnemogrid.client;

import java.util.function.Supplier;

/** An answer that is larger than the client takes, or of a shape that it does not know. */
public final class BadAnswerException extends MnemogridException {
  private static final long serialVersionUID = 1;

  BadAnswerException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Reads an answer; another shape is said to be one. */
  static <T> T reading(Supplier<T> read) {
    try {
      return read.get();
    } catch (JsonException e) {
      throw new BadAnswerException("an answer of another shape: " + e.getMessage(), e);
    }
  }
}
