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
  /** The format's name, as every bundle says it. */
  public static final String FORMAT = "mnemogrid-bundle-1";

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

  /** A record of the history. */
  public record Update(SpaceName space, long version, Inclusion update) implements Subject {
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
    members.put("format", Json.of(FORMAT));
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
    Head head = place.head;
    return Json.object(
        Map.of(
            "header",
            Json.of("0x" + HexFormat.of().formatHex(place.header.toBytes())),
            "head",
            Json.object(
                Map.of(
                    "version", Json.of(head.version()),
                    "state_root", Json.of(head.stateRoot().toString()),
                    "log_root", Json.of(head.logRoot().toString()))),
            "proof",
            toJson(place.proof)));
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
