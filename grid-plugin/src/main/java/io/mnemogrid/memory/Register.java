package io.mnemogrid.memory;

import io.mnemogrid.state.Json;
import java.util.Arrays;

/**
 * A value of which the latest write stands: by stamp, then by writer, then by the bytes of the
 * canonical value, so one of two always wins, the same everywhere.
 */
public record Register(Json value, Stamp stamp, WriterId writer) implements Comparable<Register> {
  @Override
  public int compareTo(Register other) {
    int order = stamp.compareTo(other.stamp);
    if (order == 0) {
      order = writer.compareTo(other.writer);
    }
    return order == 0
        ? Arrays.compareUnsigned(value.canonicalBytes(), other.value.canonicalBytes())
        : order;
  }

  /** The greater of two; this one when they are equal. */
  Register join(Register other) {
    return this == other || compareTo(other) >= 0 ? this : other;
  }
}
