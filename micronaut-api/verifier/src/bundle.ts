// SPDX-License-Identifier: Apache-2.0
import { equal, parseHash, toHex, toUtf8, type Hash } from "./bytes.js";
import { decodeHeader, HEADER_BYTES, whyNoHeader, whyNotInForest, type Head } from "./checkpoint.js";
import { verifyFact, type Fact } from "./fact.js";
import { canonical, isObject, JsonError, parseCanonical, toPlain, type Json, type JsonObject } from "./json.js";
import { whyNotConsistent, whyNotIncluded } from "./log.js";
import { AUTHOR, readRecord, type UpdateRecord } from "./record.js";
import { whyNotAsked } from "./request.js";
import { sha256 } from "./sha256.js";
import { Shape } from "./shape.js";
import { signatureHolds } from "./signature.js";
import { KEY_BITS, type KeyProof } from "./trie.js";

/** What a bundle says, in the words of FORMATS §7. */
export type Claim =
  | {
      readonly kind: "fact";
      readonly space: string;
      readonly version: number;
      readonly path: string;
      readonly verdict: "present" | "absent";
      /** Plain JSON; left out when nothing or a non-empty object stands there. */
      readonly value?: unknown;
    }
  | { readonly kind: "update" | "consistency"; readonly space: string; readonly version: number };

/** The checks, in the order in which they are made; a verdict names the first that fails (docs/proofs.md). */
export type CheckStep = "checkpoint" | "head" | "version" | "update" | "fact" | "claim" | "consistency" | "author";

export type BundleVerdict =
  | {
      readonly verdict: "holds";
      readonly claim: Claim;
      /**
       * Of an update: `proven` where it is shown that its author signed it (docs/authors.md); `claimed` where the
       * server alone says who wrote.
       */
      readonly author?: "proven" | "claimed";
    }
  | { readonly verdict: "fails"; readonly step: CheckStep; readonly why: string }
  | { readonly verdict: "unreadable"; readonly why: string };

/** Greatest size of a bundle; a record of thousands of leaves fits. */
export const MAX_BUNDLE_BYTES = 16 * 1024 * 1024;

const FORMATS = ["mnemogrid-bundle-1", "mnemogrid-bundle-2"] as const;

/** Where the keys of authors stand. */
const AUTHORS = "mnemogrid.authors";

/** No honest path is longer: sizes have at most 53 bits. */
const MAX_LOG_PATH = 64;

interface FactClaim {
  readonly path: string;
  readonly verdict: "present" | "absent";
  readonly value: Json | undefined;
}

interface Inclusion {
  readonly record: string;
  readonly path: readonly Hash[];
  readonly size: number;
}

/** What shows that a record's author signed its request; what is in it is checked in the last step. */
interface AuthorProof {
  readonly head: Head;
  readonly headProof: KeyProof;
  readonly update: Inclusion | null;
  readonly grid: Fact;
  readonly key: Fact;
  readonly request: string;
  readonly signature: string;
}

interface Consistency {
  readonly from: { readonly size: number; readonly root: Hash };
  readonly path: readonly Hash[];
}

type Content =
  | { readonly kind: "fact"; readonly claim: FactClaim; readonly fact: Fact; readonly update: Inclusion | null }
  | { readonly kind: "update"; readonly update: Inclusion; readonly author: AuthorProof | null }
  | { readonly kind: "consistency"; readonly consistency: Consistency };

interface Bundle {
  readonly space: string;
  readonly version: number;
  readonly content: Content;
  readonly header: Uint8Array;
  readonly head: Head;
  readonly headProof: KeyProof;
}

/** Thrown and caught in this module only. */
class DoesNotHold extends Error {
  constructor(
    readonly step: CheckStep,
    readonly why: string,
  ) {
    super(step + ": " + why);
  }
}

/**
 * Checks a bundle against a checkpoint hash that the caller trusts, given as 32 bytes or `0x…`. Throws a `RangeError`
 * when that is no hash. Nothing is fetched, and nothing in the bundle says what to trust.
 */
export function verifyBundle(bundle: string | Uint8Array, checkpointHash: string | Hash): BundleVerdict {
  const trusted = typeof checkpointHash === "string" ? checkpointHash : toHex(checkpointHash);
  const hash = parseHash(trusted);
  if (bundle.length > MAX_BUNDLE_BYTES) return { verdict: "unreadable", why: "over " + MAX_BUNDLE_BYTES + " bytes" };
  try {
    const read = readBundle(parseCanonical(bundle));
    check(read, hash);
    const { content } = read;
    const author = content.kind === "update" ? { author: content.author === null ? "claimed" : "proven" } as const : {};
    return { verdict: "holds", claim: claimOf(read), ...author };
  } catch (error) {
    if (error instanceof JsonError) return { verdict: "unreadable", why: error.message };
    if (error instanceof DoesNotHold) return { verdict: "fails", step: error.step, why: error.why };
    throw error;
  }
}

// Reading checks the shape alone: each member has the right type, and there is no other member.

function readBundle(json: Json): Bundle {
  const bundle = new Shape(json);
  const format = bundle.member("format").oneOf(...FORMATS);
  const kind = bundle.member("kind").oneOf("fact", "update", "consistency");
  const needed = { fact: ["fact", "update"], update: ["update"], consistency: ["consistency"] }[kind];
  const ofAuthor = format === FORMATS[1] && kind === "update" ? ["author"] : [];
  bundle.only("format", "kind", "claim", "checkpoint", "hints", ...needed, ...ofAuthor);
  bundle.optional("hints")?.object();
  const claim = bundle.member("claim");
  const checkpoint = bundle.member("checkpoint").only("header", "head", "proof");
  return {
    space: claim.member("space").space(),
    version: claim.member("version").integer(1),
    content: readContent(kind, bundle, claim),
    header: readHeader(checkpoint.member("header")),
    head: readHead(checkpoint.member("head")),
    headProof: readKeyProof(checkpoint.member("proof")),
  };
}

function readContent(kind: "fact" | "update" | "consistency", bundle: Shape, claim: Shape): Content {
  switch (kind) {
    case "fact": {
      const update = bundle.optional("update");
      return {
        kind,
        claim: readFactClaim(claim),
        fact: readFact(bundle.member("fact")),
        update: update === null ? null : readInclusion(update),
      };
    }
    case "update": {
      claim.only("space", "version");
      const author = bundle.optional("author");
      return {
        kind,
        update: readInclusion(bundle.member("update")),
        author: author === null ? null : readAuthor(author),
      };
    }
    case "consistency":
      claim.only("space", "version");
      return { kind, consistency: readConsistency(bundle.member("consistency")) };
  }
}

function readFactClaim(claim: Shape): FactClaim {
  const verdict = claim.member("verdict").oneOf("present", "absent");
  const names = ["space", "version", "path", "verdict"];
  claim.only(...names, ...(verdict === "present" ? ["value"] : []));
  return { path: claim.member("path").path(), verdict, value: claim.optional("value")?.value };
}

function readFact(fact: Shape): Fact {
  const form = fact.member("case").oneOf("present", "below-object", "below-value", "in-array");
  const hasAncestor = form !== "present";
  const hasPayload = form !== "below-object";
  fact.only("case", "proofs", ...(hasAncestor ? ["ancestor"] : []), ...(hasPayload ? ["payload"] : []));
  const proofs = fact.member("proofs");
  if (proofs.items().length > 2) throw proofs.refusal("holds more than two key proofs");
  return {
    case: form,
    ancestor: hasAncestor ? fact.member("ancestor").path(true) : null,
    payload: hasPayload ? fact.member("payload").string() : null,
    proofs: proofs.items().map(readKeyProof),
  };
}

/** Reads a key proof: `{"steps":[[bit,"0x…"],…],"leaf":["0x key","0x payload hash"]}`, leaf null in an empty trie. */
export function readKeyProof(proof: Shape): KeyProof {
  proof.only("steps", "leaf");
  const steps = proof.member("steps");
  if (steps.items().length > KEY_BITS) throw steps.refusal("holds more steps than a key has bits");
  const leaf = proof.member("leaf");
  return {
    steps: steps.items().map((step) => {
      const [bit, sibling] = pair(step);
      return { bit: bit.integer(0, KEY_BITS - 1), sibling: sibling.hash() };
    }),
    leaf: leaf.value === null ? null : readLeaf(leaf),
  };
}

function readLeaf(leaf: Shape): { readonly key: Hash; readonly payloadHash: Hash } {
  const [key, payloadHash] = pair(leaf);
  return { key: key.hash(), payloadHash: payloadHash.hash() };
}

function pair(shape: Shape): readonly [Shape, Shape] {
  const [first, second, ...rest] = shape.items();
  if (first === undefined || second === undefined || rest.length > 0) throw shape.refusal("is no pair");
  return [first, second];
}

function readInclusion(update: Shape): Inclusion {
  update.only("record", "path", "size");
  return {
    record: update.member("record").string(),
    path: readPath(update.member("path")),
    size: update.member("size").integer(1),
  };
}

function readAuthor(author: Shape): AuthorProof {
  author.only("head", "proof", "grid", "key", "request", "signature", "update");
  const update = author.optional("update");
  return {
    head: readHead(author.member("head")),
    headProof: readKeyProof(author.member("proof")),
    update: update === null ? null : readInclusion(update),
    grid: readFact(author.member("grid")),
    key: readFact(author.member("key")),
    request: author.member("request").string(),
    signature: author.member("signature").string(),
  };
}

function readConsistency(consistency: Shape): Consistency {
  consistency.only("from", "path");
  const from = consistency.member("from").only("size", "root");
  return {
    from: { size: from.member("size").integer(1), root: from.member("root").hash() },
    path: readPath(consistency.member("path")),
  };
}

function readPath(path: Shape): Hash[] {
  const items = path.items();
  if (items.length > MAX_LOG_PATH) throw path.refusal("holds more than " + MAX_LOG_PATH + " hashes");
  return items.map((item) => item.hash());
}

function readHeader(header: Shape): Uint8Array {
  const bytes = header.bytes(HEADER_BYTES);
  const why = whyNoHeader(bytes);
  if (why !== null) throw header.refusal(why);
  return bytes;
}

function readHead(head: Shape): Head {
  head.only("version", "state_root", "log_root");
  return {
    version: head.member("version").integer(1),
    stateRoot: head.member("state_root").hash(),
    logRoot: head.member("log_root").hash(),
  };
}

// Checking goes from what is trusted inward, so nothing is interpreted before its hash was checked.

function check(bundle: Bundle, trusted: Hash): void {
  const { content, head, version } = bundle;
  demand("checkpoint", equal(sha256(bundle.header), trusted) ? null : "the header is not that of the checkpoint given");
  demand("head", whyNotInForest(headerOf(bundle).forestRoot, bundle.space, head, bundle.headProof));
  demand("version", version <= head.version ? null : "the checkpoint holds version " + head.version + " only");
  switch (content.kind) {
    case "fact":
      checkFact(stateRoot(bundle, content.update), content.claim, content.fact);
      return;
    case "update":
      checkRecord(bundle, content.update);
      if (content.author !== null) demand("author", whyNotSigned(bundle, content.update.record, content.author));
      return;
    case "consistency":
      demand("version", version === head.version ? null : "a consistency claim is about the head's version");
      demand(
        "consistency",
        whyNotConsistent(content.consistency.from, { size: head.version, root: head.logRoot }, content.consistency.path),
      );
  }
}

function headerOf(bundle: Bundle): ReturnType<typeof decodeHeader> {
  try {
    return decodeHeader(bundle.header);
  } catch (error) {
    if (error instanceof RangeError) throw new DoesNotHold("checkpoint", error.message);
    throw error;
  }
}

/** The state root of the claimed version: the head's own, or that of a record in the head's history. */
function stateRoot(bundle: Bundle, update: Inclusion | null): Hash {
  if (bundle.version === bundle.head.version) {
    demand("version", update === null ? null : "a fact at the head's version takes no update");
    return bundle.head.stateRoot;
  }
  if (update === null) throw new DoesNotHold("version", "a fact at an earlier version takes its update");
  return checkRecord(bundle, update).root;
}

function checkRecord({ head, space, version }: Pick<Bundle, "head" | "space" | "version">, update: Inclusion): UpdateRecord {
  demand("update", update.size === head.version ? null : "the size of the log is not the head's version");
  const record = recordOf(update.record);
  demand("update", whyNotIncluded(record.leaf, version - 1, update.size, update.path, head.logRoot));
  demand("update", record.space === space ? null : "the record is of space " + record.space);
  demand("update", record.version === version ? null : "the record is of version " + record.version);
  const isHeads = version === head.version;
  demand("update", !isHeads || equal(record.root, head.stateRoot) ? null : "the record's root is not the head's");
  return record;
}

function recordOf(text: string): UpdateRecord {
  try {
    return readRecord(text);
  } catch (error) {
    if (error instanceof JsonError) throw new DoesNotHold("update", error.message);
    throw error;
  }
}

function checkFact(root: Hash, claim: FactClaim, fact: Fact): void {
  const shown = verifyFact(root, claim.path, fact);
  switch (shown.verdict) {
    case "fails":
      throw new DoesNotHold("fact", shown.why);
    case "absent":
      demand("claim", claim.verdict === "absent" ? null : "nothing stands there");
      return;
    case "object":
      demand("claim", claim.verdict === "present" ? null : "an object stands there");
      demand("claim", claim.value === undefined ? null : "an object stands there, no value");
      return;
    case "present":
      demand("claim", claim.verdict === "present" ? null : "a value stands there");
      demand("claim", claim.value !== undefined ? null : "the claim leaves the value out");
      demand("claim", canonical(claim.value!) === canonical(shown.value) ? null : "another value stands there");
  }
}

/** Why it is not shown that the author of a record, which stands in the log, signed what it says; null where it is. */
function whyNotSigned(bundle: Bundle, text: string, proof: AuthorProof): string | null {
  const { head } = proof;
  const astray = whyNotInForest(headerOf(bundle).forestRoot, AUTHORS, head, proof.headProof);
  if (astray !== null) return astray;
  try {
    const record = objectOf(text, "record");
    const signed = new Shape(record).member("signed");
    const value = signed.member("value").string();
    if (value !== proof.signature) return "the signature is another than the record's";
    const version = signed.member("authors").integer(1);
    if (version > head.version) return "the checkpoint does not cover the version of the authors' keys";
    const isHeads = version === head.version;
    if (isHeads !== (proof.update === null)) return "the authors' keys take their update exactly at an earlier version";
    const root = proof.update === null ? head.stateRoot : checkRecord({ head, space: AUTHORS, version }, proof.update).root;
    const grid = valueAt(root, "/grid", proof.grid);
    if (typeof grid !== "string") return "the id of the grid is not shown";
    const author = new Shape(record).member("author").matching(AUTHOR);
    const key = signed.member("key").string();
    if (valueAt(root, "/keys/" + author + "/" + key, proof.key) !== "ed25519") {
      return "the key is not shown to be the author's at version " + version;
    }
    const request = objectOf(proof.request, "request");
    if (toHex(sha256(toUtf8(proof.request))) !== record.get("request")) return "the request is another than the record's";
    if (!signatureHolds(key, value, grid, bundle.space, proof.request)) {
      return "the key did not sign this request for this space of this grid";
    }
    return whyNotAsked(request, record);
  } catch (error) {
    if (error instanceof JsonError || error instanceof RangeError) return error.message;
    if (error instanceof DoesNotHold) return "the authors' keys: " + error.why;
    throw error;
  }
}

function objectOf(text: string, what: string): JsonObject {
  const value = parseCanonical(text);
  if (!isObject(value)) throw new JsonError("", "the " + what + " is no object");
  return value;
}

/** The value that a fact shows at a path; undefined where it shows none. */
function valueAt(root: Hash, path: string, fact: Fact): Json | undefined {
  const shown = verifyFact(root, path, fact);
  return shown.verdict === "present" ? shown.value : undefined;
}

function demand(step: CheckStep, why: string | null): void {
  if (why !== null) throw new DoesNotHold(step, why);
}

function claimOf({ space, version, content }: Bundle): Claim {
  if (content.kind !== "fact") return { kind: content.kind, space, version };
  const { path, verdict, value } = content.claim;
  return { kind: "fact", space, version, path, verdict, ...(value === undefined ? {} : { value: toPlain(value) }) };
}
