// SPDX-License-Identifier: Apache-2.0
// Plays every vector: what holds must hold with its verdict, and every listed corruption must be refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "../dist/index.js";
import { fact, hashes, keyProof, readVectors } from "./vectors.mjs";

const document = (plain) => v.fromPlain(plain);

test("writes canonical JSON", () => {
  const vectors = readVectors("canonical.json");
  for (const { value, canonical } of vectors) {
    assert.equal(v.canonical(v.fromPlain(value)), canonical);
    assert.equal(v.canonical(v.parseCanonical(canonical)), canonical);
    assert.equal(v.canonical(v.parseCanonical(v.toUtf8(canonical))), canonical);
  }
  assert.ok(vectors.length > 50);
});

test("refuses what is no I-JSON document", () => {
  const vectors = readVectors("refused.json");
  for (const { text, why } of vectors) {
    assert.throws(() => v.parseDocument(text), v.JsonError, why);
    assert.throws(() => v.parseDocument(new TextEncoder().encode(text)), v.JsonError, why);
  }
  assert.equal(vectors.length, 16);
});

test("takes a number that is exact or as it is shown, and no other whole one", () => {
  const { accepted, refused } = readVectors("numbers.json");
  for (const { text, canonical } of accepted) assert.equal(v.canonical(v.parseDocument(text)), canonical, text);
  for (const { text, why } of refused) assert.throws(() => v.parseDocument(text), v.JsonError, `${text}: ${why}`);
  assert.equal(accepted.length, 18);
  assert.equal(refused.length, 6);
});

test("computes the root and the entries of a document", () => {
  for (const { document: plain, entries, root } of readVectors("state.json")) {
    assert.equal(v.toHex(v.documentRoot(document(plain))), root);
    const own = new Map(v.entriesOf(document(plain)).map((entry) => [entry.pointer, entry]));
    assert.equal(own.size, entries.length);
    const trie = new v.Trie();
    for (const entry of entries) {
      const mine = own.get(entry.path);
      assert.equal(v.toHex(mine.key), entry.key);
      assert.equal(v.toHex(mine.payloadHash), entry.payloadHash);
      assert.equal(v.toHex(v.leafNode(mine)), entry.leafNode);
      trie.put(mine);
    }
    assert.equal(v.toHex(trie.root), root);
  }
});

test("checks key proofs and refuses every corruption", () => {
  let refused = 0;
  for (const vector of readVectors("key-proofs.json")) {
    const key = v.keyOf(vector.path);
    const shown = v.verifyKeyProof(v.parseHash(vector.root), key, keyProof(vector.proof));
    assert.equal(shown.verdict, vector.verdict);
    if (shown.verdict === "in") assert.equal(v.toHex(shown.payloadHash), vector.payloadHash);
    for (const spoiled of vector.refused) {
      const where = vector.path + ": " + spoiled.name;
      assert.ok(isRefused(() => v.verifyKeyProof(v.parseHash(spoiled.root), key, keyProof(spoiled.proof))), where);
      refused++;
    }
  }
  assert.equal(refused, 1189);
});

test("checks facts and refuses every corruption", () => {
  let refused = 0;
  for (const vector of readVectors("fact-proofs.json")) {
    const root = v.parseHash(vector.root);
    const shown = v.verifyFact(root, vector.path, fact(vector.fact));
    assert.equal(shown.verdict, vector.verdict, vector.path);
    if (shown.verdict === "present") assert.deepEqual(v.toPlain(shown.value), vector.value);
    for (const spoiled of vector.refused) {
      const where = vector.path + ": " + spoiled.name;
      assert.ok(isRefused(() => v.verifyFact(root, spoiled.path, fact(spoiled.fact))), where);
      refused++;
    }
  }
  assert.ok(refused > 700);
});

function isRefused(verify) {
  try {
    return verify().verdict === "fails";
  } catch (error) {
    if (error instanceof v.JsonError) return true; // a hash of another length is refused when it is read
    throw error;
  }
}

test("computes log leaves, roots and proofs", () => {
  const vectors = readVectors("log.json");
  const leaves = vectors.updates.map((update) => v.logLeaf(v.toUtf8(v.canonical(v.fromPlain(update)))));
  assert.deepEqual(leaves.map(v.toHex), vectors.leafHashes);
  const tree = new v.LogTree();
  vectors.roots.forEach((root, size) => {
    assert.equal(v.toHex(v.logRoot(leaves.slice(0, size))), root);
    assert.equal(v.toHex(tree.root), root);
    if (size < leaves.length) tree.append(leaves[size]);
  });
  const roots = hashes(vectors.roots);
  for (const { version, size, path } of vectors.inclusion) {
    assert.equal(v.whyNotIncluded(leaves[version - 1], version - 1, size, hashes(path), roots[size]), null);
  }
  for (const { from, to, path } of vectors.consistency) {
    const at = (size) => ({ size, root: roots[size] });
    assert.equal(v.whyNotConsistent(at(from), at(to), hashes(path)), null);
  }
});

test("replays the log", () => {
  const vectors = readVectors("log.json");
  const lines = vectors.updates.map((update) => v.canonical(v.fromPlain(update)));
  const head = v.replayLog(lines);
  assert.equal(head.version, lines.length);
  assert.equal(v.toHex(head.stateRoot), vectors.updates.at(-1).root);
  assert.equal(v.toHex(head.logRoot), vectors.roots.at(-1));
});

test("replays merged logs to their documents", () => {
  const vectors = readVectors("merge.json");
  for (const { document: plain, root, logRoot, space, steps, version } of vectors) {
    const replay = new v.LogReplay();
    for (const { record } of steps) {
      // A delta that is sent again is answered with its old record.
      if (record?.version > replay.head.version) replay.append(v.canonical(v.fromPlain(record)));
    }
    assert.equal(replay.space, space);
    assert.equal(replay.head.version, version);
    assert.equal(v.toHex(replay.head.stateRoot), root);
    assert.equal(v.toHex(v.documentRoot(document(plain))), root);
    assert.equal(v.toHex(replay.head.logRoot), logRoot);
  }
  assert.equal(vectors.length, 12);
});

test("computes and checks checkpoints", () => {
  for (const vector of readVectors("checkpoints.json")) {
    const heads = new Map();
    for (const [space, { payload, leafNode, proof }] of Object.entries(vector.heads)) {
      const head = headOf(v.fromHex(payload, 72));
      heads.set(space, head);
      assert.equal(v.toHex(v.headPayload(head)), payload);
      assert.equal(
        v.toHex(v.leafNode({ key: v.keyOf(space), payloadHash: v.sha256(v.headPayload(head)) })),
        leafNode,
      );
      const root = v.parseHash(vector.forestRoot);
      assert.equal(v.whyNotInForest(root, space, head, keyProof(proof)), null);
      assert.notEqual(v.whyNotInForest(root, space + "x", head, keyProof(proof)), null);
      assert.notEqual(v.whyNotInForest(root, space, { ...head, version: head.version + 1 }, keyProof(proof)), null);
    }
    assert.equal(v.toHex(v.forestRoot(heads)), vector.forestRoot);

    const header = v.decodeHeader(v.fromHex(vector.header, 105));
    assert.equal(v.toHex(v.encodeHeader(header)), vector.header);
    assert.equal(header.number, vector.number);
    assert.equal(v.toHex(header.previous), vector.previous);
    assert.equal(v.toHex(v.checkpointHash(header)), vector.checkpointHash);
    assert.equal(v.contentAddress(v.checkpointHash(header)), vector.pointer);
    assert.deepEqual(v.hashOfAddress(vector.pointer), v.parseHash(vector.checkpointHash));

    const text = v.canonical(v.fromPlain(vector.manifest));
    assert.equal(v.toHex(v.sha256(v.toUtf8(text))), vector.manifestDigest);
    assert.equal(v.contentAddress(header.manifestDigest), vector.manifestPointer);
    const manifest = v.readManifest(v.toUtf8(text), header);
    assert.deepEqual([...manifest.spaces.keys()].sort(), Object.keys(vector.manifest.spaces).sort());
    for (const [space, head] of heads) {
      assert.deepEqual(v.headPayload(manifest.spaces.get(space)), v.headPayload(head));
    }
    assert.throws(() => v.readManifest(v.toUtf8(text + " "), header), RangeError);
    assert.throws(() => v.readManifest(v.toUtf8(text), { ...header, number: 9 }), v.JsonError);
  }
});

function headOf(payload) {
  const version = Number(new DataView(payload.buffer).getBigUint64(0));
  return { version, stateRoot: payload.slice(8, 40), logRoot: payload.slice(40) };
}
