package io.mnemogrid.audit;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.state.JsonException;

/** Ends a comparison at the first mismatch. */
final class Mismatched extends RuntimeException {
  private static final long serialVersionUID = 1;
  final transient Mismatch mismatch;

  Mismatched(String where, String what) {
    super(what, null, false, false);
    mismatch = new Mismatch(where, what);
  }

  /** Throws a mismatch unless the two are equal. */
  static void equal(String where, String what, Object found, Object wanted) {
    if (!found.equals(wanted)) {
      throw new Mismatched(where, "%s is %s, should be %s".formatted(what, found, wanted));
    }
  }

  /** A read of a store. */
  interface Reading<T> {
    T read();
  }

  /** Reads rows of a table; one that cannot be read is a mismatch, a store that is away is none. */
  static <T> T table(String name, Reading<T> reading) {
    try {
      return reading.read();
    } catch (IllegalArgumentException e) {
      throw new Mismatched("the table " + name, "a row cannot be read: " + e.getMessage());
    }
  }

  /** Reads something whose every failure to be read is a mismatch. */
  static <T> T reading(String where, Reading<T> reading) {
    try {
      return reading.read();
    } catch (JsonException | BrokenHistory e) {
      throw new Mismatched(where, "it cannot be read: " + e.getMessage());
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new Mismatched(where, "it cannot be read: " + e.getMessage());
    }
  }
}
