package io.mnemogrid.checkpoint;

import io.mnemogrid.proof.FactProof;
import io.mnemogrid.proof.FactProof.Verdict;
import io.mnemogrid.proof.KeyProof;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an outsider gets (FORMATS §7): a claim about one space, its proof under the log root and the
 * state root of a head, and that head's place in a checkpoint. {@link BundleVerifier} says whether
 * the claim holds.
 *
 * @param hints where the checkpoint may be found; no verdict uses it. Null where there is none
 */
public record Bundle(Subject subject, Place place, Json.@Nullable Obj hints) {
  /** The format's name, as a bundle says it that has nothing of {@link #SECOND_FORMAT}. */
  public static final String FORMAT = "mnemogrid-bundle-1";

  /** The format's name, as a bundle says it that proves an author. */
  public static final String SECOND_FORMAT = "mnemogrid-bundle-2";

  /** Greatest size in UTF-8 bytes. */
  public static final int MAX_BYTES = 16 << 20;

  /** What is claimed, with its proof. */
  public sealed interface Subject {
    /** The space it speaks of. */
    SpaceName space();

    /** The version it speaks of. */
    long version();

    /** The kind's name in a bundle. */
    String kind();
  }

  /**
   * What stands at a path at a version.
   *
   * @param claimed present with its value, an object, or absent
   * @param update for a version before the head's, the record that names its state root; null at
   *     the head's own version
   */
  public record Fact(
      SpaceName space,
      long version,
      Pointer path,
      Verdict claimed,
      FactProof proof,
      @Nullable Inclusion update)
      implements Subject {
    @Override
    public String kind() {
      return "fact";
    }
  }

  /**
   * A record of the history.
   *
   * @param author that its author signed its request; null where the author is only claimed
   */
  public record Update(
      SpaceName space, long version, Inclusion update, @Nullable AuthorProof author)
      implements Subject {
    @Override
    public String kind() {
      return "update";
    }
  }

  /**
   * The history at {@code version}, which is the head's, extends the one of {@code fromSize}
   * records with root {@code fromRoot}.
   */
  public record Consistency(
      SpaceName space, long version, long fromSize, Hash fromRoot, List<Hash> path)
      implements Subject {
    public Consistency {
      path = List.copyOf(path);
    }

    @Override
    public String kind() {
      return "consistency";
    }
  }

  /**
   * A record and its way to the log root.
   *
   * @param record its canonical text
   * @param size records in the log under that root
   */
  public record Inclusion(String record, List<Hash> path, long size) {
    public Inclusion {
      path = List.copyOf(path);
    }
  }

  /**
   * What shows that the author of a record signed the request that made it, with a key that was the
   * author's (FORMATS §7). The record names the key and a version of the space {@code
   * mnemogrid.authors}, whose head stands in the same checkpoint.
   *
   * @param head of that space
   * @param place of that head in the checkpoint's forest
   * @param update the record of the version that is named, with its way to the head; null at the
   *     head's own version
   * @param grid that the grid's id stands there
   * @param key that the key stands there as the author's
   * @param request canonical text of the request
   * @param signature unpadded base64url of 64 bytes
   */
  public record AuthorProof(
      Head head,
      KeyProof place,
      @Nullable Inclusion update,
      FactProof grid,
      FactProof key,
      String request,
      String signature) {}

  /** Where a head stands in a checkpoint. */
  public record Place(Header header, Head head, KeyProof proof) {}

  /**
   * Reads a bundle.
   *
   * @throws JsonException when it is not its own canonical form, has a member too few, too many or
   *     of another shape
   */
  public static Bundle parse(String text) {
    return BundleReader.read(text);
  }

  /** What it claims, as its text says it: the member {@code claim}. */
  public Json.Obj claim() {
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("space", Json.of(subject.space().text()));
    members.put("version", Json.of(subject.version()));
    if (subject instanceof Fact fact) {
      members.put("path", Json.of(fact.path.toString()));
      switch (fact.claimed) {
        case Verdict.Present present -> {
          members.put("verdict", Json.of("present"));
          members.put("value", present.value());
        }
        case Verdict.AnObject _ -> members.put("verdict", Json.of("present"));
        case Verdict.Absent _ -> members.put("verdict", Json.of("absent"));
        case Verdict.Fails _ -> throw new IllegalStateException("a failure claims nothing");
      }
    }
    return new Json.Obj(members);
  }

  /** The canonical JSON that {@link #parse} reads. */
  public String toText() {
    TreeMap<String, Json> members = new TreeMap<>();
    AuthorProof author = subject instanceof Update update ? update.author : null;
    members.put("format", Json.of(author == null ? FORMAT : SECOND_FORMAT));
    if (author != null) {
      members.put("author", toJson(author));
    }
    members.put("kind", Json.of(subject.kind()));
    members.put("claim", claim());
    members.put("checkpoint", toJson(place));
    switch (subject) {
      case Fact fact -> {
        members.put("fact", toJson(fact.proof));
        if (fact.update != null) {
          members.put("update", toJson(fact.update));
        }
      }
      case Update update -> members.put("update", toJson(update.update));
      case Consistency consistency ->
          members.put(
              "consistency",
              Json.object(
                  Map.of(
                      "from",
                      Json.object(
                          Map.of(
                              "size", Json.of(consistency.fromSize),
                              "root", Json.of(consistency.fromRoot.toString()))),
                      "path",
                      hashes(consistency.path))));
    }
    if (hints != null) {
      members.put("hints", hints);
    }
    return new Json.Obj(members).canonical();
  }

  private static Json.Obj toJson(Place place) {
    return Json.object(
        Map.of(
            "header",
            Json.of("0x" + HexFormat.of().formatHex(place.header.toBytes())),
            "head",
            toJson(place.head),
            "proof",
            toJson(place.proof)));
  }

  private static Json.Obj toJson(Head head) {
    return Json.object(
        Map.of(
            "version", Json.of(head.version()),
            "state_root", Json.of(head.stateRoot().toString()),
            "log_root", Json.of(head.logRoot().toString())));
  }

  private static Json.Obj toJson(AuthorProof author) {
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("head", toJson(author.head));
    members.put("proof", toJson(author.place));
    members.put("grid", toJson(author.grid));
    members.put("key", toJson(author.key));
    members.put("request", Json.of(author.request));
    members.put("signature", Json.of(author.signature));
    if (author.update != null) {
      members.put("update", toJson(author.update));
    }
    return new Json.Obj(members);
  }

  private static Json.Obj toJson(Inclusion inclusion) {
    return Json.object(
        Map.of(
            "record", Json.of(inclusion.record),
            "path", hashes(inclusion.path),
            "size", Json.of(inclusion.size)));
  }

  private static Json.Obj toJson(FactProof fact) {
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("case", Json.of(fact.form().toString()));
    Pointer ancestor = fact.ancestor();
    if (ancestor != null) {
      members.put("ancestor", Json.of(ancestor.toString()));
    }
    String payload = fact.payload();
    if (payload != null) {
      members.put("payload", Json.of(payload));
    }
    members.put("proofs", new Json.Arr(fact.proofs().stream().<Json>map(Bundle::toJson).toList()));
    return new Json.Obj(members);
  }

  private static Json.Obj toJson(KeyProof proof) {
    List<Json> steps = new ArrayList<>();
    for (Trie.Step step : proof.steps()) {
      steps.add(new Json.Arr(List.of(Json.of(step.bit()), Json.of(step.sibling().toString()))));
    }
    KeyProof.LeafNode leaf = proof.leaf();
    return Json.object(
        Map.of(
            "steps",
            new Json.Arr(steps),
            "leaf",
            leaf == null ? Json.NULL : hashes(List.of(leaf.key(), leaf.payloadHash()))));
  }

  private static Json.Arr hashes(List<Hash> hashes) {
    return Json.ofStrings(hashes.stream().map(Hash::toString).toList());
  }
}
