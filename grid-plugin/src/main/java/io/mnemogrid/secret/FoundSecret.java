package io.mnemogrid.secret;

/**
 * Where a secret stands. It never holds the secret.
 *
 * @param pointer JSON Pointer of the text in the value that was searched. If the secret is a
 *     member's name, this is the object that has the member
 * @param rule the rule that found it
 */
public record FoundSecret(String pointer, SecretRule rule) {
  /** The same, in a value in which the one that was searched stands at {@code place}. */
  public FoundSecret in(String place) {
    return new FoundSecret(place + pointer, rule);
  }

  /** The same, in an object or array that has the value that was searched as {@code segment}. */
  FoundSecret below(String segment) {
    return in(place(segment));
  }

  /** The pointer of what an object or array has as {@code segment} (RFC 6901 §3). */
  static String place(String segment) {
    return "/" + segment.replace("~", "~0").replace("/", "~1");
  }
}
