// SPDX-License-Identifier: Apache-2.0
import { equal, toUtf8, type Hash } from "./bytes.js";
import { keyOf, OBJECT_PAYLOAD, whyNoLeaf } from "./document.js";
import { isArray, JsonError, lookUp, parseCanonical, type Json } from "./json.js";
import { isAbove, nextStep, segments, whyNoPointer } from "./pointer.js";
import { sha256 } from "./sha256.js";
import { verifyKeyProof, type KeyProof } from "./trie.js";

/** How a fact is shown (FORMATS §3). */
export type FactCase = "present" | "below-object" | "below-value" | "in-array";

/** What is shown of a path. Members that a case does not need are null. */
export interface Fact {
  readonly case: FactCase;
  /** A pointer above the path; the proof shows what stands there. Not in `present`. */
  readonly ancestor: string | null;
  /** Canonical text of what stands at the ancestor, in `present` at the path; U+0003 for an object. */
  readonly payload: string | null;
  /** One key proof. `below-object` has two, the ancestor's and the next step's, unless the ancestor is the document. */
  readonly proofs: readonly KeyProof[];
}

/** What a fact proof shows of its path. */
export type FactVerdict =
  | { readonly verdict: "present"; readonly value: Json }
  | { readonly verdict: "object" }
  | { readonly verdict: "absent" }
  | { readonly verdict: "fails"; readonly why: string };

const ABSENT: FactVerdict = { verdict: "absent" };

/** What `fact` shows of `path` in the document with this state root. */
export function verifyFact(root: Hash, path: string, fact: Fact): FactVerdict {
  const bad = whyNoPointer(path) ?? (path === "" ? "a fact is about a path below the document" : null);
  if (bad !== null) return fails(bad);
  switch (fact.case) {
    case "present":
      return verifyPresent(root, path, fact);
    case "below-object":
      return verifyBelowObject(root, path, fact);
    case "below-value":
    case "in-array":
      return verifyBelowLeaf(root, path, fact);
  }
}

function verifyPresent(root: Hash, path: string, fact: Fact): FactVerdict {
  const { ancestor, payload, proofs } = fact;
  if (ancestor !== null || payload === null || proofs.length !== 1) {
    return fails("present takes a payload, one key proof and no ancestor");
  }
  const why = whyNotAt(root, path, payload, proofs[0]!);
  if (why !== null) return fails(why);
  return payload === OBJECT_PAYLOAD ? { verdict: "object" } : leafAt(path, payload);
}

function verifyBelowObject(root: Hash, path: string, fact: Fact): FactVerdict {
  const { ancestor, payload, proofs } = fact;
  if (ancestor === null || payload !== null || !isAbove(ancestor, path)) {
    return fails("below-object takes an ancestor of the path and no payload");
  }
  if (proofs.length !== (ancestor === "" ? 1 : 2)) {
    return fails("below-object takes a key proof each for the ancestor and the next step");
  }
  if (ancestor !== "") {
    const why = whyNotAt(root, ancestor, OBJECT_PAYLOAD, proofs[0]!);
    if (why !== null) return fails(why);
  }
  const next = nextStep(ancestor, path);
  const shown = verifyKeyProof(root, keyOf(next), proofs[proofs.length - 1]!);
  if (shown.verdict === "in") return fails("something stands at " + next);
  return shown.verdict === "out" ? ABSENT : shown;
}

function verifyBelowLeaf(root: Hash, path: string, fact: Fact): FactVerdict {
  const { ancestor, payload, proofs } = fact;
  // The document itself is an object, so it is never the leaf that these cases speak of.
  if (ancestor === null || ancestor === "" || payload === null || proofs.length !== 1 || !isAbove(ancestor, path)) {
    return fails(fact.case + " takes an ancestor below the document, its payload and one key proof");
  }
  const why = whyNotAt(root, ancestor, payload, proofs[0]!);
  if (why !== null) return fails(why);
  const leaf = leafAt(ancestor, payload);
  if (leaf.verdict !== "present") return leaf;
  if (fact.case === "below-value") {
    return isArray(leaf.value) ? fails("an array is looked into, it denies nothing below it") : ABSENT;
  }
  if (!isArray(leaf.value)) return fails("no array stands at " + ancestor);
  const value = lookUp(leaf.value, segments(path).slice(segments(ancestor).length));
  return value === undefined ? ABSENT : { verdict: "present", value };
}

/** Why `payload` is not what stands at `pointer`, or null when it is. */
function whyNotAt(root: Hash, pointer: string, payload: string, proof: KeyProof): string | null {
  const shown = verifyKeyProof(root, keyOf(pointer), proof);
  if (shown.verdict === "fails") return shown.why;
  if (shown.verdict === "out") return "nothing stands at " + pointer;
  return equal(shown.payloadHash, sha256(toUtf8(payload))) ? null : "another payload stands at " + pointer;
}

/** The leaf whose payload has been proved. */
function leafAt(pointer: string, payload: string): FactVerdict {
  try {
    const value = parseCanonical(payload);
    const why = whyNoLeaf(pointer, value);
    return why === null ? { verdict: "present", value } : fails(why);
  } catch (error) {
    if (error instanceof JsonError) return fails("the payload is no canonical JSON: " + error.message);
    throw error;
  }
}

function fails(why: string): FactVerdict {
  return { verdict: "fails", why };
}
