package io.mnemogrid.state;

import java.io.Serializable;
import java.time.Instant;

/**
 * Who wrote a leaf, or removed it, when and at which version. {@code time} is the later of the
 * update's timestamp and the times of what it replaced, so it never goes back at one path.
 */
public record Tag(Instant time, Author author, long version) implements Serializable {
  public Tag {
    if (version < 1) {
      throw new IllegalArgumentException("versions begin at 1, got " + version);
    }
  }
}
