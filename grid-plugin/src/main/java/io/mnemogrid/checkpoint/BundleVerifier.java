package io.mnemogrid.checkpoint;

import io.mnemogrid.checkpoint.Bundle.Inclusion;
import io.mnemogrid.proof.FactProof;
import io.mnemogrid.proof.KeyProof;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Checks a bundle against the one hash that its verifier trusts: from the checkpoint hash to the
 * head, from the head to the record or the document, from there to the claim. It uses no store,
 * grid, network or clock. Cost is the size of the bundle and one hash for each step of a proof.
 *
 * <p>The order is fixed, so that the first step that fails means the same to every implementation
 * (docs/proofs.md). Nothing under {@code hints} is looked at.
 */
public final class BundleVerifier {
  private BundleVerifier() {}

  /** The steps, in the order in which they are taken. */
  public enum Step {
    /** The header is the one of the trusted hash. */
    CHECKPOINT,
    /** The head stands in the header's forest under the space's name. */
    HEAD,
    /** The head covers the claimed version, and the bundle has just the proofs that this needs. */
    VERSION,
    /** The record is the space's of that version, and stands in the head's log. */
    UPDATE,
    /** The fact's proofs lead to the state root. */
    FACT,
    /** What is shown is what is claimed. */
    CLAIM,
    /** The head's log extends the earlier one. */
    CONSISTENCY,
    /** Where the bundle says so: the record's author signed what the record says. */
    AUTHOR;

    /** As it is printed. */
    public String text() {
      return Json.word(this);
    }
  }

  /** What became of a bundle. */
  public sealed interface Verdict {
    /** The claim is so, if the trusted hash is a checkpoint's. */
    record Holds(Bundle bundle) implements Verdict {
      /** Whether it is shown that the record's author signed it; else the author is claimed. */
      public boolean isAuthorProven() {
        return bundle.subject() instanceof Bundle.Update update && update.author() != null;
      }
    }

    /** The bundle shows nothing. */
    record Fails(Step step, String why) implements Verdict {}

    /** It is no bundle; {@code pointer} says where. */
    record Unreadable(String pointer, String why) implements Verdict {}
  }

  /** Reads a bundle and checks it against the hash of a checkpoint that the caller trusts. */
  public static Verdict verify(byte[] utf8, Hash checkpointHash) {
    try {
      return verify(parse(utf8), checkpointHash);
    } catch (JsonException e) {
      return new Verdict.Unreadable(e.pointer(), e.detail());
    }
  }

  /**
   * Reads a bundle, strict UTF-8.
   *
   * @throws JsonException when it is none
   */
  public static Bundle parse(byte[] utf8) {
    if (utf8.length > Bundle.MAX_BYTES) {
      throw new JsonException("", "a bundle has at most " + Bundle.MAX_BYTES + " bytes");
    }
    try {
      return Bundle.parse(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString());
    } catch (CharacterCodingException e) {
      throw new JsonException("", "the text is not UTF-8");
    }
  }

  /** Checks a bundle against the hash of a checkpoint that the caller trusts. */
  public static Verdict verify(Bundle bundle, Hash checkpointHash) {
    Bundle.Place place = bundle.place();
    Hash hash = place.header().hash();
    if (!hash.equals(checkpointHash)) {
      return fails(Step.CHECKPOINT, "the header's hash is " + hash + ", not " + checkpointHash);
    }
    Head head = place.head();
    String astray = whyNotInForest(place.proof(), place.header(), head);
    if (astray != null) {
      return fails(Step.HEAD, astray);
    }
    Verdict.Fails failure =
        switch (bundle.subject()) {
          case Bundle.Fact fact -> check(fact, head);
          case Bundle.Update update -> check(update, head, place.header());
          case Bundle.Consistency consistency -> check(consistency, head);
        };
    return failure == null ? new Verdict.Holds(bundle) : failure;
  }

  /** Why a head is not shown to stand in a checkpoint, or null. */
  static @Nullable String whyNotInForest(KeyProof proof, Header header, Head head) {
    return switch (proof.verify(header.forestRoot(), head.key())) {
      case KeyProof.Verdict.In in ->
          in.payloadHash().equals(head.payloadHash())
              ? null
              : "the checkpoint has another head for " + head.space();
      case KeyProof.Verdict.Out _ -> "the checkpoint does not know " + head.space();
      case KeyProof.Verdict.Fails fails -> fails.why();
    };
  }

  private static Verdict.@Nullable Fails check(Bundle.Fact fact, Head head) {
    Inclusion update = fact.update();
    Hash root = head.stateRoot();
    if (fact.version() == head.version()) {
      if (update != null) {
        return fails(Step.VERSION, "a fact at the head's own version needs no update");
      }
    } else if (fact.version() > head.version()) {
      return beyond(fact.version(), head);
    } else {
      if (update == null) {
        return fails(Step.VERSION, "a fact at an earlier version than the head's needs its update");
      }
      switch (read(update, fact.space(), fact.version(), head)) {
        case Read.Root at -> root = at.root;
        case Read.Refused refused -> {
          return refused.failure;
        }
      }
    }
    FactProof.Verdict shown = fact.proof().verify(root, fact.path());
    if (shown instanceof FactProof.Verdict.Fails fails) {
      return fails(Step.FACT, fails.why());
    }
    return shown.equals(fact.claimed())
        ? null
        : fails(Step.CLAIM, "the proof shows " + words(shown) + ", the claim is another");
  }

  private static String words(FactProof.Verdict shown) {
    return switch (shown) {
      case FactProof.Verdict.Present present -> {
        String text = present.value().canonical();
        yield text.length() > 80 ? "a value of " + text.length() + " characters" : text;
      }
      case FactProof.Verdict.AnObject _ -> "an object";
      case FactProof.Verdict.Absent _ -> "that nothing stands there";
      case FactProof.Verdict.Fails fails -> fails.why();
    };
  }

  private static Verdict.@Nullable Fails check(Bundle.Update update, Head head, Header header) {
    if (update.version() > head.version()) {
      return beyond(update.version(), head);
    }
    return switch (read(update.update(), update.space(), update.version(), head)) {
      case Read.Root at -> {
        Bundle.AuthorProof author = update.author();
        String why =
            author == null ? null : AuthorCheck.whyNot(author, update.space(), at.record, header);
        yield why == null ? null : fails(Step.AUTHOR, why);
      }
      case Read.Refused refused -> refused.failure;
    };
  }

  private static Verdict.@Nullable Fails check(Bundle.Consistency consistency, Head head) {
    if (consistency.version() != head.version()) {
      return fails(
          Step.VERSION,
          "version " + consistency.version() + " is claimed, the head is " + head.version());
    }
    return LogTree.verifyConsistency(
            consistency.fromSize(),
            consistency.fromRoot(),
            head.version(),
            head.logRoot(),
            consistency.path())
        ? null
        : fails(Step.CONSISTENCY, "the head's log is not shown to extend the earlier one");
  }

  private static Verdict.Fails beyond(long version, Head head) {
    return fails(
        Step.VERSION, "version " + version + " is beyond the head, which is " + head.version());
  }

  /** What a record that was checked says of its document. */
  sealed interface Read {
    record Root(Json.Obj record, Hash root) implements Read {}

    record Refused(Verdict.Fails failure) implements Read {}
  }

  static Read read(Inclusion update, SpaceName space, long version, Head head) {
    Json.Obj record;
    Hash root;
    try {
      if (!(Json.parseCanonical(update.record()) instanceof Json.Obj object)
          || !(object.get("root") instanceof Json.Str text)) {
        return refused("the record is an object and names its root");
      }
      record = object;
      root = Hash.parse(text.value());
    } catch (IllegalArgumentException e) {
      return refused("the record: " + e.getMessage());
    }
    if (!Json.of(space.text()).equals(record.get("space"))) {
      return refused("the record is another space's");
    }
    if (!Json.of(version).equals(record.get("version"))) {
      return refused("the record is of another version");
    }
    if (update.size() != head.version()) {
      return refused("the head's log has " + head.version() + " records, not " + update.size());
    }
    Hash leaf = LogTree.leafHash(update.record().getBytes(StandardCharsets.UTF_8));
    return LogTree.verifyInclusion(head.logRoot(), head.version(), version - 1, leaf, update.path())
        ? new Read.Root(record, root)
        : refused("the record is not shown to stand in the head's log");
  }

  private static Read refused(String why) {
    return new Read.Refused(fails(Step.UPDATE, why));
  }

  private static Verdict.Fails fails(Step step, String why) {
    return new Verdict.Fails(step, why);
  }
}
