package io.mnemogrid.signature;

import java.io.Serializable;
import java.util.HexFormat;

/**
 * What tells a grid from all others, in what its authors sign: 16 random bytes, made with the
 * store.
 *
 * @param hex 32 digits, lower case
 */
public record GridId(String hex) implements Serializable {
  /** How many bytes it has. */
  public static final int BYTES = 16;

  public GridId {
    if (!hex.matches("[0-9a-f]{32}")) {
      throw new IllegalArgumentException("a grid id has 32 hex digits, lower case");
    }
  }

  byte[] toBytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
