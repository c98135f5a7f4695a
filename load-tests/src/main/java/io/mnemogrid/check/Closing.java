package io.mnemogrid.check;

import java.util.regex.Pattern;

/**
 * The reason that nobody may be given: one member that ends, or whose committer ended, is no reason
 * for a commit to fail while others commit.
 */
public final class Closing {
  private static final Pattern NAMED =
      Pattern.compile(
          "\\bclosing\\b|committer (has )?(stopped|ended)|member (is|was) closed|shut(ting)? down",
          Pattern.CASE_INSENSITIVE);

  private Closing() {}

  /** Whether an answer names it. */
  public static boolean isNamed(String answer) {
    return NAMED.matcher(answer).find();
  }
}
