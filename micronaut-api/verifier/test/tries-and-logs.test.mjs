// SPDX-License-Identifier: Apache-2.0
// The fast structures against their slow twins, and every log proof of small trees with everything about it spoiled.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "../dist/index.js";
import { consistencyPath, inclusionPath, proveKey } from "./prover.mjs";
import { keyProof, random } from "./vectors.mjs";

const hashOf = (number) => v.sha256(v.toUtf8(String(number)));

test("a trie that is changed has the root of its definition", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const next = random(seed);
    const trie = new v.Trie();
    const model = new Map();
    for (let round = 0; round < 120; round++) {
      const name = "k" + next(25);
      if (next(3) === 0) {
        model.delete(name);
        trie.remove(v.keyOf(name));
      } else {
        const leaf = { key: v.keyOf(name), payloadHash: hashOf(next(50)) };
        model.set(name, leaf);
        trie.put(leaf);
      }
      assert.deepEqual(trie.root, v.trieRoot([...model.values()]), "seed " + seed + ", round " + round);
    }
  }
});

test("keys that differ in their last bit only stand apart", () => {
  const key = v.keyOf("x");
  const twin = key.slice();
  twin[31] ^= 1;
  const leaves = [key, twin].map((k, i) => ({ key: k, payloadHash: hashOf(i) }));
  const trie = new v.Trie();
  leaves.forEach((leaf) => trie.put(leaf));
  assert.deepEqual(trie.root, v.trieRoot(leaves));
  const proof = keyProof(proveKey(leaves, key));
  assert.equal(proof.steps[0].bit, 255);
  assert.equal(v.verifyKeyProof(trie.root, key, proof).verdict, "in");
  assert.equal(v.verifyKeyProof(trie.root, twin, proof).verdict, "fails");
});

test("bits that no byte holds are refused, not cut to one", () => {
  const leaves = ["a", "b"].map((name, i) => ({ key: v.keyOf(name), payloadHash: hashOf(i) }));
  const root = v.trieRoot(leaves);
  const proof = keyProof(proveKey(leaves, leaves[0].key));
  const [step] = proof.steps;
  for (const bit of [step.bit + 256, step.bit - 256, step.bit + 0.5, -1, NaN]) {
    assert.equal(v.verifyKeyProof(root, leaves[0].key, { ...proof, steps: [{ ...step, bit }] }).verdict, "fails");
  }
});

const SIZES = 34;
const leaves = Array.from({ length: SIZES }, (_, i) => v.logLeaf(v.toUtf8("record " + i)));
const roots = Array.from({ length: SIZES + 1 }, (_, size) => v.logRoot(leaves.slice(0, size)));

/** Every path with one thing wrong. */
function* spoiledPaths(path) {
  for (let i = 0; i < path.length; i++) {
    yield path.toSpliced(i, 1);
    yield path.toSpliced(i, 0, path[i]);
    if (i > 0) yield path.with(i - 1, path[i]).with(i, path[i - 1]);
    const flipped = path[i].slice();
    flipped[i % 32] ^= 1 << i % 8;
    yield path.with(i, flipped);
  }
  yield [...path, roots[1]];
  yield [roots[1], ...path];
}

test("a log that grows has the roots of its definition", () => {
  const tree = new v.LogTree();
  for (let size = 0; size <= SIZES; size++) {
    assert.deepEqual(tree.root, roots[size]);
    if (size < SIZES) tree.append(leaves[size]);
  }
});

test("inclusion holds for the leaf, place, size and root it was made for alone", () => {
  for (let size = 1; size <= SIZES; size++) {
    for (let index = 0; index < size; index++) {
      const path = inclusionPath(index, leaves.slice(0, size));
      const holds = (...changed) => {
        const [leaf = leaves[index], at = index, of = size, way = path, root = roots[size]] = changed;
        return v.whyNotIncluded(leaf, at, of, way, root) === null;
      };
      assert.ok(holds());
      assert.ok(!holds(leaves[(index + 1) % SIZES]));
      for (let at = -1; at <= size; at++) assert.equal(holds(undefined, at), at === index);
      assert.ok(!holds(undefined, undefined, undefined, undefined, roots[size - 1]));
      for (const way of spoiledPaths(path)) assert.ok(!holds(undefined, undefined, undefined, way), index + " of " + size);
    }
  }
});

test("consistency holds for the two sizes and roots it was made for alone", () => {
  for (let to = 1; to <= SIZES; to++) {
    for (let from = 1; from <= to; from++) {
      const path = consistencyPath(from, leaves.slice(0, to));
      const at = (size, root = roots[size]) => ({ size, root });
      assert.equal(v.whyNotConsistent(at(from), at(to), path), null, from + " to " + to);
      assert.notEqual(v.whyNotConsistent(at(from, roots[from - 1]), at(to), path), null);
      assert.notEqual(v.whyNotConsistent(at(from), at(to, roots[to - 1]), path), null);
      assert.notEqual(v.whyNotConsistent(at(0), at(to), path), null);
      assert.notEqual(v.whyNotConsistent(at(to + 1, roots[to]), at(to), path), null);
      if (from < to) assert.notEqual(v.whyNotConsistent(at(to), at(from), path), null);
      for (const way of spoiledPaths(path)) assert.notEqual(v.whyNotConsistent(at(from), at(to), way), null);
    }
  }
});

test("sizes beyond 32 bits are counted, not cut", () => {
  // One leaf, then 2^40 − 1 more of which only the subtree roots are known.
  const path = Array.from({ length: 40 }, (_, i) => hashOf(i));
  const root = path.reduce((left, right) => v.logNode(left, right), leaves[0]);
  assert.equal(v.whyNotIncluded(leaves[0], 0, 2 ** 40, path, root), null);
  for (const size of [1, 2 ** 8, 2 ** 39, 2 ** 40 + 1]) assert.notEqual(v.whyNotIncluded(leaves[0], 0, size, path, root), null);
  assert.notEqual(v.whyNotIncluded(leaves[0], 2 ** 32, 2 ** 40, path, root), null);
  assert.equal(v.whyNotConsistent({ size: 2 ** 39, root: hashOf(1) }, { size: 2 ** 40, root: v.logNode(hashOf(1), hashOf(2)) }, [hashOf(2)]), null);
});
