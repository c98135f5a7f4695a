package io.mnemogrid.merge;

import io.mnemogrid.state.Hash;
import java.io.Serializable;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The short name of a head that people and programs pass on: {@code <version>.<first 16 hex digits
 * of the leaf hash>}. The digits tell histories apart, because two stores may both have a version
 * 7.
 */
public record HeadTag(long version, String digits) implements Serializable {
  private static final Pattern SHAPE = Pattern.compile("(0|[1-9][0-9]{0,15})\\.([0-9a-f]{16})");

  /** The tag of the head at a version whose record has that leaf hash. */
  public static HeadTag of(long version, Hash leafHash) {
    return new HeadTag(version, HexFormat.of().toHexDigits(leafHash.a()));
  }

  /** The tag that a text spells; nothing where the text is no tag of ours. */
  public static Optional<HeadTag> find(String text) {
    Matcher shape = SHAPE.matcher(text);
    return shape.matches()
        ? Optional.of(new HeadTag(Long.parseLong(shape.group(1)), shape.group(2)))
        : Optional.empty();
  }

  /** As it is spelled, without quotes. */
  @Override
  public String toString() {
    return version + "." + digits;
  }
}
