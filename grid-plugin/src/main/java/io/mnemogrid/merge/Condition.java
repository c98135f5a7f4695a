package io.mnemogrid.merge;

import io.mnemogrid.state.Hash;
import java.io.Serializable;
import java.util.List;

/**
 * What the head of a space must be for a commit to be appended to it: the preconditions of RFC 9110
 * §13. The committer judges it on the very head that the commit goes onto, and the log accepts the
 * commit on no other head. A condition belongs to one sending. The same id sent again is answered
 * from the log, whatever condition it then has.
 */
public sealed interface Condition extends Serializable {
  /** Every head will do. */
  Condition NONE = new Any();

  /** The space has a version: {@code If-Match: *}. */
  Condition WRITTEN = new Written();

  /** The space has no version yet: {@code If-None-Match: *}. */
  Condition UNWRITTEN = new Unwritten();

  /** The head has one of these tags; with no tag it never does. */
  static Condition isOneOf(List<HeadTag> tags) {
    return new IsOneOf(tags);
  }

  /** The head is at that version, whose record has that leaf hash. */
  static Condition is(long version, Hash leafHash) {
    return isOneOf(List.of(HeadTag.of(version, leafHash)));
  }

  /** As {@link #is}, or for version 0 that there is none yet. */
  static Condition at(long version, Hash leafHash) {
    return version == 0 ? UNWRITTEN : is(version, leafHash);
  }

  /** Whether the head at {@code version}, with that leaf hash, will do. */
  default boolean holds(long version, Hash leafHash) {
    return switch (this) {
      case Any _ -> true;
      case Written _ -> version > 0;
      case Unwritten _ -> version == 0;
      case IsOneOf named -> named.tags.contains(HeadTag.of(version, leafHash));
    };
  }

  /** Whether no head after {@code version} will do either, however the history goes on. */
  default boolean isOverAfter(long version) {
    return switch (this) {
      case Any _, Written _ -> false;
      case Unwritten _ -> true;
      case IsOneOf named -> named.tags.stream().allMatch(tag -> tag.version() <= version);
    };
  }

  /** As {@link #NONE}. */
  record Any() implements Condition {}

  /** As {@link #WRITTEN}. */
  record Written() implements Condition {}

  /** As {@link #UNWRITTEN}. */
  record Unwritten() implements Condition {}

  /** As {@link #isOneOf}. */
  record IsOneOf(List<HeadTag> tags) implements Condition {
    public IsOneOf {
      tags = List.copyOf(tags);
    }
  }
}
