package io.mnemogrid.client;

import java.util.Optional;

/**
 * What a bot puts into its prompt, of one version.
 *
 * @param version the version of the space
 * @param root its state root
 * @param summary the member {@code summary} of the document, null in JSON where there is none
 * @param policies the member {@code policies} of the document, null in JSON where there is none
 * @param etag the tag of the version, with its quotes
 */
public record Summary(long version, Hash root, Json summary, Json policies, String etag) {
  /** Characters beyond which a summary is a warning: it is paid for in every prompt. */
  public static final int MAX_CHARACTERS = 2000;

  static Summary of(Answer answer) {
    return BadAnswerException.reading(() -> {
      Shape summary = answer.shape();
      return new Summary(
          summary.member("version").integer(0),
          summary.member("root").hash(),
          summary.member("summary").value(),
          summary.member("policies").value(),
          answer.etag());
    });
  }

  /** Characters of the summary: of a string, else of its canonical JSON; 0 where there is none. */
  public int characters() {
    if (summary.isNull()) {
      return 0;
    }
    String text = summary instanceof Json.Str string ? string.value() : summary.canonical();
    return text.codePointCount(0, text.length());
  }

  /** A sentence with the size, where the summary has more than 2,000 characters. */
  public Optional<String> warning() {
    int characters = characters();
    return characters > MAX_CHARACTERS
        ? Optional.of("the summary has " + characters + " characters, over " + MAX_CHARACTERS)
        : Optional.empty();
  }
}
