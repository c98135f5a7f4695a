package io.mnemogrid.signature;

import java.io.Serializable;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * What tells a grid from all others, in what its authors sign: 16 random bytes, made with the
 * store.
 *
 * @param hex 32 digits, lower case
 */
public record GridId(String hex) implements Serializable {
  /** How many bytes it has. */
  public static final int BYTES = 16;

  private static final Pattern HEX = Pattern.compile("[0-9a-f]{32}");

  public GridId {
    if (!isId(hex)) {
      throw new IllegalArgumentException("a grid id has 32 hex digits, lower case");
    }
  }

  /** Whether a text is one. */
  static boolean isId(String text) {
    return HEX.matcher(text).matches();
  }

  byte[] toBytes() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
