package io.mnemogrid.state;

/** The alphabet that authors and update ids share (FORMATS §4). */
final class Names {
  private static final int MAX_LENGTH = 128;

  private Names() {}

  static void check(String what, String name) {
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          what + " has 1 to " + MAX_LENGTH + " characters, got " + name.length());
    }
    for (int i = 0; i < name.length(); i++) {
      if (!isAllowed(name.charAt(i))) {
        throw new IllegalArgumentException(
            what + " is made of A-Z a-z 0-9 . _ : @ - only; character " + i + " is another");
      }
    }
  }

  private static boolean isAllowed(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '.'
        || c == '_'
        || c == ':'
        || c == '@'
        || c == '-';
  }
}
