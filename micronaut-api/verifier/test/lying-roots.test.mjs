// SPDX-License-Identifier: Apache-2.0
// Roots that no honest prover has: made by somebody who may choose what is hashed, so that only a rule can refuse.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "../dist/index.js";
import { history, Prover, textOf } from "./prover.mjs";

const leaf = { key: v.keyOf("/a"), payloadHash: v.sha256() };
const sibling = v.keyOf("sibling");
const bitOf = (key, i) => (key[i >> 3] >> (7 - (i & 7))) & 1;

/** The root that these steps lead to, each node on the side that `key` says. */
function rootOf(key, steps) {
  return steps.reduceRight(
    (node, { bit }) => (bitOf(key, bit) === 0 ? v.innerNode(bit, node, sibling) : v.innerNode(bit, sibling, node)),
    v.leafNode(leaf),
  );
}

test("bits must grow from the root down, whatever the root", () => {
  const verdict = (...bits) => {
    const steps = bits.map((bit) => ({ bit, sibling }));
    return v.verifyKeyProof(rootOf(leaf.key, steps), leaf.key, { steps, leaf }).verdict;
  };
  assert.equal(verdict(3, 7), "in");
  assert.equal(verdict(7, 3), "fails");
  assert.equal(verdict(3, 3), "fails");
});

test("a leaf that is off the wanted key's way says nothing, whatever the root", () => {
  const key = leaf.key.slice();
  key[0] ^= 0x80;
  const steps = [{ bit: 0, sibling }];
  assert.equal(v.verifyKeyProof(rootOf(key, steps), key, { steps, leaf }).verdict, "fails");
});

test("a log path that goes on above the root is refused, whatever the root", () => {
  const one = v.logLeaf(v.toUtf8("1"));
  const two = v.logNode(one, sibling);
  assert.notEqual(v.whyNotIncluded(one, 0, 1, [sibling], v.logNode(sibling, one)), null);
  assert.notEqual(v.whyNotIncluded(one, 0, 2, [sibling, one], v.logNode(one, two)), null);
  const longer = v.whyNotConsistent({ size: 1, root: one }, { size: 2, root: v.logNode(one, two) }, [sibling, one]);
  assert.notEqual(longer, null);
});

test("a record that lies about its space, version or root is refused though the checkpoint commits to it", () => {
  const step = (change, at) => {
    const log = history("s", [{ a: 1 }, { a: 2 }]);
    log.records[at - 1] = textOf({ ...JSON.parse(log.records[at - 1]), ...change });
    log.hashes = log.records.map((record) => v.logLeaf(v.toUtf8(record)));
    log.head = { ...log.head, logRoot: v.logRoot(log.hashes) };
    const prover = new Prover(log);
    const verdict = v.verifyBundle(textOf(prover.update(at)), prover.checkpointHash);
    return verdict.step ?? verdict.verdict;
  };
  assert.equal(step({}, 1), "holds");
  assert.equal(step({ type: "other" }, 2), "holds");
  assert.equal(step({ space: "other" }, 1), "update");
  assert.equal(step({ version: 2 }, 1), "update");
  assert.equal(step({ version: 3 }, 2), "update");
  assert.equal(step({ root: v.toHex(sibling) }, 2), "update");
  assert.equal(step({ later: 1 }, 2), "holds");
});
