package io.mnemogrid.secret;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Names under which a text without a mark of its own is a secret. 64 hexadecimal digits are most
 * often a hash, and 40 characters of base64 a hash or an id, so a name must say that they are not.
 */
final class SecretNames {
  private static final String[] PRIVATE = {"private", "privkey", "secret", "mnemonic", "seed"};
  private static final String[] NOT_PRIVATE = {
    "hash", "digest", "sha256", "commitment", "fingerprint", "checksum", "address"
  };

  private SecretNames() {}

  /** The rule for the unmarked text at {@code [from, to)} under that name, or null. */
  static @Nullable SecretRule ruleOf(String name, String text, int from, int to) {
    String letters = lettersOf(name);
    if (to - from == 40) {
      boolean aws =
          letters.contains("secretaccesskey")
              || letters.contains("aws") && letters.contains("secret");
      return aws && !text.startsWith("EXAMPLEKEY", to - 10) ? SecretRule.AWS_KEY : null;
    }
    return containsAny(letters, PRIVATE) && !containsAny(letters, NOT_PRIVATE)
        ? SecretRule.HEX_PRIVATE_KEY
        : null;
  }

  /** {@code privateKey}, {@code PRIVATE_KEY} and {@code private-key} are one name. */
  private static String lettersOf(String name) {
    StringBuilder letters = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      if (Chars.is(name.charAt(i), Chars.ALNUM)) {
        letters.append(name.charAt(i));
      }
    }
    return letters.toString().toLowerCase(Locale.ROOT);
  }

  private static boolean containsAny(String letters, String[] words) {
    for (String word : words) {
      if (letters.contains(word)) {
        return true;
      }
    }
    return false;
  }
}
