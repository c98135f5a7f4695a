package io.mnemogrid.client;

import java.util.Locale;
import java.util.Optional;

/** What {@link Bundles#verify} found. */
public sealed interface Verdict {
  /** Whether the bundle shows its claim under the trusted checkpoint. */
  default boolean holds() {
    return this instanceof Holds;
  }

  /** The bundle shows this claim. It is the bundle's: compare it with the one you had in mind. */
  record Holds(Claim claim) implements Verdict {}

  /** The first check that failed, of those in docs/proofs.md, and why. */
  record Fails(Check check, String why) implements Verdict {}

  /** The bytes are no bundle. */
  record Unreadable(String why) implements Verdict {}

  /** The checks, in the order in which they are made. */
  enum Check {
    /** The header is that of the trusted checkpoint. */
    CHECKPOINT,
    /** The head of the space stands in the checkpoint. */
    HEAD,
    /** The claimed version is one that the head covers. */
    VERSION,
    /** The record stands in the history. */
    UPDATE,
    /** The fact stands under the state root. */
    FACT,
    /** What was shown is what is claimed. */
    CLAIM,
    /** The history extends the earlier one. */
    CONSISTENCY,
    /** Where the bundle says so: the record's author signed what the record says. */
    AUTHOR;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A claim about a space. */
  sealed interface Claim {
    /** The space. */
    String space();

    /** The version of the space that it is about. */
    long version();

    /**
     * At that version this stood at the path, or nothing did.
     *
     * @param isPresent whether something stands there
     * @param shown the value that stands there, empty where nothing or a non-empty object does
     */
    record Fact(String space, long version, String path, boolean isPresent, Optional<Json> shown)
        implements Claim {}

    /**
     * This record is that version of the space's history.
     *
     * @param isAuthorProven whether it is shown that its author signed it (docs/authors.md); else
     *     the server alone says who wrote
     */
    record Recorded(String space, long version, Update update, boolean isAuthorProven)
        implements Claim {}

    /** The history up to that version extends the one of {@code fromSize} records and that root. */
    record Extends(String space, long version, long fromSize, Hash fromRoot) implements Claim {}
  }
}
