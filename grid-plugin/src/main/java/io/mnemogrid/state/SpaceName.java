package io.mnemogrid.state;

import java.io.Serializable;

/** The name of a space: {@code [a-z0-9][a-z0-9._-]{0,63}}. */
public record SpaceName(String text) implements Comparable<SpaceName>, Serializable {
  private static final int MAX_LENGTH = 64;
  private static final String RESERVED = "mnemogrid.";

  /** The space that names the head of the audit trail, at {@code /head}. */
  public static final SpaceName TRAIL = new SpaceName(RESERVED + "trail");

  /** The space that holds the keys of authors who sign. */
  public static final SpaceName AUTHORS = new SpaceName(RESERVED + "authors");

  public SpaceName {
    if (!isName(text)) {
      throw new IllegalArgumentException(
          "a space name is 1 to 64 characters of a-z 0-9 . _ - and begins with a letter or digit");
    }
  }

  /** Whether a text is a space name. It has no regular expression, because every request asks. */
  public static boolean isName(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean isPlain = c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
      if (!isPlain && (i == 0 || c != '.' && c != '_' && c != '-')) {
        return false;
      }
    }
    return true;
  }

  /** The space called {@code text}; refuses a text that is no space name. */
  public static SpaceName of(String text) {
    return new SpaceName(text);
  }

  /** Whether it is the product's own, which nobody else creates or writes. */
  public boolean isReserved() {
    return text.startsWith(RESERVED);
  }

  @Override
  public int compareTo(SpaceName other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
