package io.mnemogrid;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a bot puts into its prompt, of one version.
 *
 * @param version the version of the space, 0 before the first
 * @param root its state root
 * @param summary the member {@code summary} of the document; null where there is none
 * @param policies the member {@code policies} of the document; null where there is none
 * @param tag the short name of the version, for {@link Space#follow(HeadTag)}
 */
public record Summary(
    long version, Hash root, @Nullable Json summary, @Nullable Json policies, HeadTag tag) {
  /** Characters beyond which a summary is a warning: it is paid for in every prompt. */
  public static final int MAX_CHARACTERS = 2000;

  static final Pointer SUMMARY = Pointer.parse("/summary");
  private static final Pointer POLICIES = Pointer.parse("/policies");

  static Summary of(Snapshot at) {
    return new Summary(
        at.version(),
        at.state().root(),
        at.state().value(SUMMARY),
        at.state().value(POLICIES),
        HeadTag.of(at.version(), at.head().leafHash()));
  }

  /** Characters of the summary: of a string, else of its canonical JSON; 0 where there is none. */
  public int characters() {
    return characters(summary);
  }

  /** A sentence with the size, where the summary has more than 2,000 characters. */
  public Optional<String> warning() {
    return warning("read", summary);
  }

  static Optional<String> warning(String done, @Nullable Json summary) {
    int characters = characters(summary);
    return characters > MAX_CHARACTERS
        ? Optional.of(
            "the summary that was %s has %d characters, over %d"
                .formatted(done, characters, MAX_CHARACTERS))
        : Optional.empty();
  }

  private static int characters(@Nullable Json summary) {
    if (summary == null || summary instanceof Json.Null) {
      return 0;
    }
    String text = summary instanceof Json.Str(String value) ? value : summary.canonical();
    return text.codePointCount(0, text.length());
  }
}
