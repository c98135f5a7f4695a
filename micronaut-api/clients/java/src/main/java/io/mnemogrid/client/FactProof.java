package io.mnemogrid.client;

import java.util.List;
import java.util.Optional;

/**
 * What is shown of a path under a state root (FORMATS §3).
 *
 * @param form {@code present}, {@code below-object}, {@code below-value} or {@code in-array}
 * @param ancestor a pointer above the path, of which the proof shows what stands there; null in
 *     {@code present}
 * @param payload the canonical text of what stands at the ancestor, in {@code present} at the path,
 *     U+0003 for an object; null in {@code below-object}
 * @param proofs one key proof; two in {@code below-object}, the ancestor's and the next step's,
 *     unless the ancestor is the document
 */
record FactProof(String form, String ancestor, String payload, List<KeyProof> proofs) {
  private static final int MAX_PROOFS = 2;

  FactProof {
    proofs = List.copyOf(proofs);
  }

  /** What a proof shows: nothing, a value, or an object, which is neither absent nor a value. */
  record Shown(boolean isAbsent, Optional<Json> value) {
    private static final Shown ABSENT = new Shown(true, Optional.empty());
    private static final Shown OBJECT = new Shown(false, Optional.empty());
  }

  static FactProof read(Shape fact) {
    String form = fact.member("case").oneOf("present", "below-object", "below-value", "in-array");
    switch (form) {
      case "present" -> fact.only("case", "proofs", "payload");
      case "below-object" -> fact.only("case", "proofs", "ancestor");
      default -> fact.only("case", "proofs", "ancestor", "payload");
    }
    Shape proofs = fact.member("proofs");
    if (proofs.items().size() > MAX_PROOFS) {
      throw proofs.refusal("holds more than two key proofs");
    }
    return new FactProof(
        form,
        form.equals("present") ? null : fact.member("ancestor").path(true),
        form.equals("below-object") ? null : fact.member("payload").string(),
        proofs.items().stream().map(Bundles::readKeyProof).toList());
  }

  /**
   * What stands at {@code path} in the document with this root.
   *
   * @throws Fails when nothing is shown of it
   */
  Shown show(Hash root, String path) throws Fails {
    Optional<String> bad = Pointers.whyNone(path);
    if (bad.isPresent() || path.isEmpty()) {
      throw new Fails(bad.orElse("a fact is about a path below the document"));
    }
    return switch (form) {
      case "present" -> showPresent(root, path);
      case "below-object" -> showBelowObject(root, path);
      default -> showBelowLeaf(root, path);
    };
  }

  private Shown showPresent(Hash root, String path) throws Fails {
    if (ancestor != null || payload == null || proofs.size() != 1) {
      throw new Fails("present takes a payload, one key proof and no ancestor");
    }
    checkAt(root, path, payload, proofs.get(0));
    return payload.equals(StateRoot.OBJECT_PAYLOAD)
        ? Shown.OBJECT
        : new Shown(false, Optional.of(leafAt(path)));
  }

  private Shown showBelowObject(Hash root, String path) throws Fails {
    if (ancestor == null || payload != null || !Pointers.isAbove(ancestor, path)) {
      throw new Fails("below-object takes an ancestor of the path and no payload");
    }
    if (proofs.size() != (ancestor.isEmpty() ? 1 : 2)) {
      throw new Fails("below-object takes a key proof each for the ancestor and the next step");
    }
    if (!ancestor.isEmpty()) {
      checkAt(root, ancestor, StateRoot.OBJECT_PAYLOAD, proofs.get(0));
    }
    String next = Pointers.nextStep(ancestor, path);
    if (proofs.get(proofs.size() - 1).show(root, StateRoot.keyOf(next)).isPresent()) {
      throw new Fails("something stands at " + next);
    }
    return Shown.ABSENT;
  }

  private Shown showBelowLeaf(Hash root, String path) throws Fails {
    // The document itself is an object, so it is never the leaf that these cases speak of.
    if (ancestor == null
        || ancestor.isEmpty()
        || payload == null
        || proofs.size() != 1
        || !Pointers.isAbove(ancestor, path)) {
      throw new Fails(form + " takes an ancestor below the document, its payload and a key proof");
    }
    checkAt(root, ancestor, payload, proofs.get(0));
    Json leaf = leafAt(ancestor);
    boolean isArray = leaf instanceof Json.Arr;
    if (form.equals("below-value")) {
      if (isArray) {
        throw new Fails("an array is looked into, it denies nothing below it");
      }
      return Shown.ABSENT;
    }
    if (!isArray) {
      throw new Fails("no array stands at " + ancestor);
    }
    List<String> rest =
        Pointers.segments(path)
            .subList(Pointers.segments(ancestor).size(), Pointers.segments(path).size());
    Optional<Json> value = Pointers.lookUp(leaf, rest);
    return value.isEmpty() ? Shown.ABSENT : new Shown(false, value);
  }

  private static void checkAt(Hash root, String pointer, String payload, KeyProof proof)
      throws Fails {
    Optional<Hash> shown = proof.show(root, StateRoot.keyOf(pointer));
    if (shown.isEmpty()) {
      throw new Fails("nothing stands at " + pointer);
    }
    if (!shown.get().equals(StateRoot.keyOf(payload))) {
      throw new Fails("another payload stands at " + pointer);
    }
  }

  /** The leaf whose payload has been proved. */
  private Json leafAt(String pointer) throws Fails {
    try {
      Json value = Json.parseCanonical(payload);
      Optional<String> why = StateRoot.whyNoLeaf(pointer, value);
      if (why.isPresent()) {
        throw new Fails(why.get());
      }
      return value;
    } catch (JsonException e) {
      throw new Fails("the payload is no canonical JSON: " + e.getMessage());
    }
  }
}
