package io.mnemogrid.proof;

import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Proof of what stands at one path of a document, or that nothing does (FORMATS §3).
 *
 * @param form which of the four forms it takes
 * @param ancestor the place above the path that the proof is about; null for {@link Form#PRESENT}
 * @param payload canonical text of the value that is shown, the character U+0003 for an object, or
 *     null where none is
 * @param proofs key proofs, in the order that the form names them
 */
public record FactProof(
    Form form, @Nullable Pointer ancestor, @Nullable String payload, List<KeyProof> proofs) {
  private static final String OBJECT = "\u0003";

  /** The four forms of a fact. */
  public enum Form {
    /** The path stands in the trie. */
    PRESENT("present"),
    /** An object above has no member on the way. */
    BELOW_OBJECT("below-object"),
    /** A scalar or an empty object stands above. */
    BELOW_VALUE("below-value"),
    /** An array stands above and is looked into. */
    IN_ARRAY("in-array");

    private final String text;

    Form(String text) {
      this.text = text;
    }

    /** The form's name in a bundle. */
    @Override
    public String toString() {
      return text;
    }

    /** The form of that name. */
    public static Form parse(String text) {
      for (Form form : values()) {
        if (form.text.equals(text)) {
          return form;
        }
      }
      throw new IllegalArgumentException("no form of a fact is called " + text);
    }
  }

  /** What a proof shows when it holds. */
  public sealed interface Verdict {
    /** This value stands at the path. */
    record Present(Json value) implements Verdict {}

    /** A non-empty object stands at the path. */
    record AnObject() implements Verdict {}

    /** Nothing stands at the path. */
    record Absent() implements Verdict {}

    /** The proof shows nothing; {@code why} is the first step that fails. */
    record Fails(String why) implements Verdict {}
  }

  public FactProof {
    proofs = List.copyOf(proofs);
  }

  /** The proof of what stands at {@code path} of {@code state}. O(depth · log leaves). */
  public static FactProof of(State state, Pointer path) {
    if (path.equals(Pointer.ROOT)) {
      throw new IllegalArgumentException("the root of a document needs no proof: it is the hash");
    }
    Cell cell = state.cell(path);
    if (cell != null) {
      return new FactProof(Form.PRESENT, null, payload(cell), List.of(prove(state, path)));
    }
    Cell.Leaf above = state.leafAbove(path);
    if (above != null) {
      Form form = above.value() instanceof Json.Arr ? Form.IN_ARRAY : Form.BELOW_VALUE;
      return new FactProof(form, above.path(), payload(above), List.of(prove(state, above.path())));
    }
    Pointer ancestor = Pointer.ROOT;
    for (Pointer candidate : path.ancestors()) {
      if (state.cell(candidate) != null) {
        ancestor = candidate;
      }
    }
    List<KeyProof> proofs = new ArrayList<>();
    if (!ancestor.equals(Pointer.ROOT)) {
      proofs.add(prove(state, ancestor));
    }
    proofs.add(prove(state, next(ancestor, path)));
    return new FactProof(Form.BELOW_OBJECT, ancestor, null, proofs);
  }

  private static KeyProof prove(State state, Pointer path) {
    return KeyProof.of(state.trie(), path.key());
  }

  private static String payload(Cell cell) {
    return switch (cell) {
      case Cell.Leaf leaf -> leaf.value().canonical();
      case Cell.Branch _ -> OBJECT;
    };
  }

  /** The next step from {@code ancestor} towards {@code path}. */
  private static Pointer next(Pointer ancestor, Pointer path) {
    return ancestor.child(path.segments().get(ancestor.depth()));
  }

  /** What this shows of {@code path} in a document with state root {@code root}. */
  public Verdict verify(Hash root, Pointer path) {
    if (path.equals(Pointer.ROOT)) {
      return new Verdict.Fails("a fact is about a path below the root");
    }
    return switch (form) {
      case PRESENT -> verifyPresent(root, path);
      case BELOW_OBJECT -> verifyBelowObject(root, path);
      case BELOW_VALUE, IN_ARRAY -> verifyBelowLeaf(root, path);
    };
  }

  private Verdict verifyPresent(Hash root, Pointer path) {
    if (ancestor != null || payload == null || proofs.size() != 1) {
      return new Verdict.Fails("present: one key proof and a payload, no ancestor");
    }
    String failure = standsAt(root, path, proofs.getFirst(), payload);
    if (failure != null) {
      return new Verdict.Fails(failure);
    }
    if (payload.equals(OBJECT)) {
      return new Verdict.AnObject();
    }
    Json value = leafValue(payload);
    return value == null
        ? new Verdict.Fails("the payload is no canonical leaf")
        : new Verdict.Present(value);
  }

  private Verdict verifyBelowObject(Hash root, Pointer path) {
    Pointer above = ancestor;
    if (above == null || !above.isAbove(path) || payload != null) {
      return new Verdict.Fails("below an object: an ancestor of the path, no payload");
    }
    boolean rooted = above.equals(Pointer.ROOT);
    if (proofs.size() != (rooted ? 1 : 2)) {
      return new Verdict.Fails("below an object: one key proof each for ancestor and next step");
    }
    if (!rooted) {
      String failure = standsAt(root, above, proofs.getFirst(), OBJECT);
      if (failure != null) {
        return new Verdict.Fails(failure);
      }
    }
    return switch (proofs.getLast().verify(root, next(above, path).key())) {
      case KeyProof.Verdict.Out _ -> new Verdict.Absent();
      case KeyProof.Verdict.In _ -> new Verdict.Fails("the next step stands in the trie");
      case KeyProof.Verdict.Fails fails -> new Verdict.Fails(fails.why());
    };
  }

  private Verdict verifyBelowLeaf(Hash root, Pointer path) {
    Pointer above = ancestor;
    if (above == null
        || above.equals(Pointer.ROOT)
        || !above.isAbove(path)
        || payload == null
        || proofs.size() != 1) {
      return new Verdict.Fails("below a leaf: an ancestor of the path, its payload, one key proof");
    }
    String failure = standsAt(root, above, proofs.getFirst(), payload);
    if (failure != null) {
      return new Verdict.Fails(failure);
    }
    Json value = payload.equals(OBJECT) ? null : leafValue(payload);
    if (value == null) {
      return new Verdict.Fails("the payload is no canonical leaf");
    }
    if (form == Form.BELOW_VALUE) {
      return value instanceof Json.Arr
          ? new Verdict.Fails("an array is looked into, it denies nothing below it")
          : new Verdict.Absent();
    }
    if (!(value instanceof Json.Arr)) {
      return new Verdict.Fails("the ancestor is no array");
    }
    Json at = value;
    List<String> segments = path.segments();
    for (String segment : segments.subList(above.depth(), segments.size())) {
      at = at.member(segment);
      if (at == null) {
        return new Verdict.Absent();
      }
    }
    return new Verdict.Present(at);
  }

  /** Why {@code payload} does not stand at {@code path}, or null when it does. */
  private static @Nullable String standsAt(
      Hash root, Pointer path, KeyProof proof, String payload) {
    return switch (proof.verify(root, path.key())) {
      case KeyProof.Verdict.In in ->
          in.payloadHash().equals(Hash.sha256(payload.getBytes(StandardCharsets.UTF_8)))
              ? null
              : "another payload stands at " + path;
      case KeyProof.Verdict.Out _ -> path + " does not stand in the trie";
      case KeyProof.Verdict.Fails fails -> fails.why();
    };
  }

  /** The leaf value whose canonical text this is, or null: a non-empty object is no leaf. */
  private static @Nullable Json leafValue(String text) {
    try {
      Json value = Json.parseCanonical(text);
      return value instanceof Json.Obj object && !object.isEmpty() ? null : value;
    } catch (IllegalArgumentException e) {
      return null; // not canonical JSON: the verdict says so
    }
  }
}
