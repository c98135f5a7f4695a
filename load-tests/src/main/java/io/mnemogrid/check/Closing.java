package io.mnemogrid.check;

import java.util.regex.Pattern;

/**
 * Finds a reason that no commit may fail for: that one member ends, or that its committer ended.
 * Another member can commit meanwhile.
 */
public final class Closing {
  private static final Pattern NAMED =
      Pattern.compile(
          "\\bclosing\\b|committer (has )?(stopped|ended)|member (is|was) closed|shut(ting)? down",
          Pattern.CASE_INSENSITIVE);

  private Closing() {}

  /** Whether an answer gives this reason. */
  public static boolean isNamed(String answer) {
    return NAMED.matcher(answer).find();
  }
}
