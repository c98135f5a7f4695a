// SPDX-License-Identifier: Apache-2.0
// A slow prover, straight from the definitions, so that the verifier can be shown what is true and what is nearly so.
import * as v from "../dist/index.js";

const hex = v.toHex;
const bit = (key, i) => (key[i >> 3] >> (7 - (i & 7))) & 1;

/** The key proof for `key` among these entries, spelled as in a bundle. */
export function proveKey(entries, key) {
  const steps = [];
  let rest = entries;
  while (rest.length > 1) {
    let i = 0;
    while (rest.every((entry) => bit(entry.key, i) === bit(rest[0].key, i))) i++;
    const side = (wanted) => rest.filter((entry) => (bit(entry.key, i) === bit(key, i)) === wanted);
    steps.push([i, hex(v.trieRoot(side(false)))]);
    rest = side(true);
  }
  return { steps, leaf: rest.length === 0 ? null : [hex(rest[0].key), hex(rest[0].payloadHash)] };
}

/** The fact proof and the claim's verdict and value for a path. */
export function proveFact(document, path) {
  const entries = v.entriesOf(document);
  const standing = new Map(entries.map((entry) => [entry.pointer, entry]));
  const proof = (pointer) => proveKey(entries, v.keyOf(pointer));
  const here = standing.get(path);
  if (here !== undefined) {
    const isObject = here.payload === v.OBJECT_PAYLOAD;
    const claim = { verdict: "present", ...(isObject ? {} : { value: JSON.parse(here.payload) }) };
    return { claim, fact: { case: "present", payload: here.payload, proofs: [proof(path)] } };
  }
  const above = v.ancestors(path).find((pointer) => standing.has(pointer)) ?? "";
  const payload = standing.get(above)?.payload;
  if (payload === undefined || payload === v.OBJECT_PAYLOAD) {
    const proofs = [...(above === "" ? [] : [proof(above)]), proof(v.nextStep(above, path))];
    return { claim: { verdict: "absent" }, fact: { case: "below-object", ancestor: above, proofs } };
  }
  const fact = { ancestor: above, payload, proofs: [proof(above)] };
  if (!payload.startsWith("[")) return { claim: { verdict: "absent" }, fact: { case: "below-value", ...fact } };
  const value = v.lookUp(v.parseCanonical(payload), v.segments(path).slice(v.segments(above).length));
  const claim = value === undefined ? { verdict: "absent" } : { verdict: "present", value: v.toPlain(value) };
  return { claim, fact: { case: "in-array", ...fact } };
}

const split = (n) => {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
};

/** RFC 6962 §2.1.1. */
export function inclusionPath(m, leaves) {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...inclusionPath(m, leaves.slice(0, k)), v.logRoot(leaves.slice(k))]
    : [...inclusionPath(m - k, leaves.slice(k)), v.logRoot(leaves.slice(0, k))];
}

/** RFC 6962 §2.1.2; empty for the whole tree. */
export function consistencyPath(m, leaves, whole = true) {
  if (m === leaves.length) return whole ? [] : [v.logRoot(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...consistencyPath(m, leaves.slice(0, k), whole), v.logRoot(leaves.slice(k))]
    : [...consistencyPath(m - k, leaves.slice(k), false), v.logRoot(leaves.slice(0, k))];
}

/** A history that goes through these documents (plain JSON), one version each; `more` gives members of a record. */
export function history(space, documents, more = () => ({})) {
  const records = [];
  let leaves = new Map();
  let previous = v.ZERO_HASH;
  documents.forEach((plain, i) => {
    const document = v.fromPlain(plain);
    const next = new Map(
      v.entriesOf(document).filter((e) => e.payload !== v.OBJECT_PAYLOAD).map((e) => [e.pointer, JSON.parse(e.payload)]),
    );
    const differs = (key) => JSON.stringify(leaves.get(key)) !== JSON.stringify(next.get(key));
    const keys = [...new Set([...leaves.keys(), ...next.keys()])].filter(differs).sort();
    const time = new Date(Date.UTC(2026, 1, 5, 19, 0, i)).toISOString();
    const record = v.canonical(v.fromPlain({
      author: "agent-1", base: i, committed: time, overrode: [], previous: hex(previous), request: hex(v.sha256()),
      root: hex(v.documentRoot(document)), space, superseded: [], timestamp: time, type: "t", update_id: "u" + i, version: i + 1,
      ...more(i + 1),
      changes: {
        added: keys.filter((k) => !leaves.has(k)).map((key) => ({ key, value: next.get(key) })),
        deleted: keys.filter((k) => !next.has(k)).map((key) => ({ key, old_value: leaves.get(key) })),
        modified: keys.filter((k) => leaves.has(k) && next.has(k))
          .map((key) => ({ key, new_value: next.get(key), old_value: leaves.get(key) })),
      },
    }));
    records.push(record);
    previous = v.logLeaf(v.toUtf8(record));
    leaves = next;
  });
  const hashes = records.map((record) => v.logLeaf(v.toUtf8(record)));
  const head = (version) => ({
    version,
    stateRoot: v.documentRoot(v.fromPlain(documents[version - 1])),
    logRoot: v.logRoot(hashes.slice(0, version)),
  });
  return { space, documents, records, hashes, head: head(documents.length) };
}

/** Bundles about one space's history, in a checkpoint that holds other spaces too. */
export class Prover {
  constructor(log, others = []) {
    this.log = log;
    const heads = new Map([log, ...others].map(({ space, head }) => [space, head]));
    this.header = v.encodeHeader({
      number: 7,
      previous: v.sha256(Uint8Array.of(1)),
      forestRoot: v.forestRoot(heads),
      manifestDigest: v.sha256(Uint8Array.of(2)),
    });
    this.checkpointHash = hex(v.sha256(this.header));
    const entries = [...heads].map(([name, head]) => ({ key: v.keyOf(name), payloadHash: v.sha256(v.headPayload(head)) }));
    this.place = ({ space, head }) => ({
      head: { version: head.version, state_root: hex(head.stateRoot), log_root: hex(head.logRoot) },
      proof: proveKey(entries, v.keyOf(space)),
    });
    this.checkpoint = { header: hex(this.header), ...this.place(log) };
  }

  inclusion(version, { hashes, head, records } = this.log) {
    return { record: records[version - 1], path: inclusionPath(version - 1, hashes).map(hex), size: head.version };
  }

  bundle(kind, claim, members) {
    return {
      format: "mnemogrid-bundle-1",
      kind,
      claim: { space: this.log.space, ...claim },
      ...members,
      checkpoint: this.checkpoint,
      hints: { chain_id: 1, contract: "0x00", transaction: "0x00", block: 1 },
    };
  }

  fact(path, version = this.log.head.version) {
    const { claim, fact } = proveFact(v.fromPlain(this.log.documents[version - 1]), path);
    const update = version === this.log.head.version ? {} : { update: this.inclusion(version) };
    return this.bundle("fact", { version, path, ...claim }, { fact, ...update });
  }

  update(version) {
    return this.bundle("update", { version }, { update: this.inclusion(version) });
  }

  /** With the proof of its author, whose key stood in the log of the authors' space at the version that is named. */
  signedUpdate(version, authors) {
    const record = JSON.parse(this.log.records[version - 1]);
    const { authors: at, key, request, value } = record.signed;
    const document = v.fromPlain(authors.documents[at - 1]);
    const author = {
      ...this.place(authors),
      grid: proveFact(document, "/grid").fact,
      key: proveFact(document, "/keys/" + record.author + "/" + key).fact,
      request: textOf(request),
      signature: value,
      ...(at === authors.head.version ? {} : { update: this.inclusion(at, authors) }),
    };
    return { ...this.update(version), format: "mnemogrid-bundle-2", author };
  }

  consistency(from) {
    const { hashes, head } = this.log;
    const path = consistencyPath(from, hashes).map(hex);
    const root = hex(v.logRoot(hashes.slice(0, from)));
    return this.bundle("consistency", { version: head.version }, { consistency: { from: { size: from, root }, path } });
  }
}

/** The bytes of a bundle: its canonical text. */
export const textOf = (bundle) => v.canonical(v.fromPlain(bundle));
