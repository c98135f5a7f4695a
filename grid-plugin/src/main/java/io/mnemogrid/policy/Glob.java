package io.mnemogrid.policy;

import java.io.Serializable;

/**
 * A pattern of names of spaces or authors: {@code *} stands for any characters, also none, and
 * every other character for itself. At most {@value #MAX_LENGTH} characters.
 */
public record Glob(String text) implements Serializable {
  /** Most characters of a pattern; a name of an author has as many. */
  public static final int MAX_LENGTH = 128;

  /** The pattern of all names. */
  public static final Glob ALL = new Glob("*");

  /**
   * @throws IllegalArgumentException when no name fits it, or it is too long
   */
  public Glob {
    if (text.isEmpty() || text.length() > MAX_LENGTH || !isOfNames(text)) {
      throw new IllegalArgumentException(
          "a pattern has 1 to "
              + MAX_LENGTH
              + " characters of A-Z a-z 0-9 . _ : @ - and *, which stands for any characters");
    }
  }

  private static boolean isOfNames(String text) {
    return text.chars()
        .allMatch(c ->
            c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || "._:@-*".indexOf(c) >= 0);
  }

  /** Whether every name fits. */
  public boolean isAll() {
    return text.chars().allMatch(c -> c == '*');
  }

  /** Whether one name alone fits, which is the text of the pattern. */
  public boolean isName() {
    return text.indexOf('*') < 0;
  }

  /** What every name that fits begins with: all that stands before the first {@code *}. */
  public String prefix() {
    int star = text.indexOf('*');
    return star < 0 ? text : text.substring(0, star);
  }

  /** Whether the whole name fits; O(pattern × name) at worst. */
  public boolean fits(String name) {
    return fits(text, '*', name);
  }

  /** Whether the whole name fits a pattern in which {@code any} stands for any characters. */
  static boolean fits(String text, char any, String name) {
    int at = 0; // in the name
    int in = 0; // in the pattern
    int star = -1;
    int afterStar = 0;
    while (at < name.length()) {
      if (in < text.length() && text.charAt(in) == any) {
        star = in++; // the star stands for no character yet
        afterStar = at;
      } else if (in < text.length() && text.charAt(in) == name.charAt(at)) {
        in++;
        at++;
      } else if (star >= 0) {
        in = star + 1; // the last star takes one more character
        at = ++afterStar;
      } else {
        return false;
      }
    }
    while (in < text.length() && text.charAt(in) == any) {
      in++;
    }
    return in == text.length();
  }

  @Override
  public String toString() {
    return text;
  }
}
