// SPDX-License-Identifier: Apache-2.0
// True bundles hold; a bundle that differs from a true one anywhere outside `hints` does not.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import * as v from "../dist/index.js";
import { history, Prover, textOf } from "./prover.mjs";

const last = {
  facts: {
    contacts: { "@Jorday": { karma: 20, tags: ["a", { "x/y": [2 ** 60, null] }, {}] } },
    empty: {},
    "k~/": { "": false },
    text: "line\u2028end é漢😀\u0001",
    total: 20,
  },
  __proto__x: 0,
  list: [],
  nothing: null,
};
const log = history("daryl", [
  { facts: { total: 18 } },
  { facts: { total: 19 }, old: [true, "x"] },
  { facts: {} },
  {},
  { a: { b: { c: 1 } } },
  { a: { b: {} }, facts: { total: 20 } },
  last,
]);
const others = ["bot-a", "bot-b", "c"].map((space, i) => history(space, [{ n: i }]));
const prover = new Prover(log, others);
const alone = new Prover(log);

const paths = [
  "/facts", "/facts/total", "/facts/empty", "/facts/k~0~1", "/facts/k~0~1/", "/facts/text", "/list", "/nothing",
  "/facts/contacts/@Jorday/tags", "/facts/contacts/@Jorday/tags/0", "/facts/contacts/@Jorday/tags/1",
  "/facts/contacts/@Jorday/tags/1/x~1y/0", "/facts/contacts/@Jorday/tags/1/x~1y/1", "/facts/contacts/@Jorday/tags/2",
  "/facts/contacts/@Jorday/tags/3", "/facts/contacts/@Jorday/tags/-", "/facts/contacts/@Jorday/tags/00", "/list/0",
  "/absent", "/absent/deep/er", "/facts/absent", "/facts/contacts/@Jorday/x/y", "/facts/total/x", "/facts/empty/x",
  "/nothing/x/y", "/", "/facts/",
];

const bundles = [
  ...paths.map((path) => prover.fact(path)),
  ...[1, 2, 3, 4, 5, 6].flatMap((version) => ["/facts", "/facts/total", "/old/1", "/a/b"].map((path) => prover.fact(path, version))),
  ...log.records.map((_, i) => prover.update(i + 1)),
  ...log.records.map((_, i) => prover.consistency(i + 1)),
  alone.fact("/facts/total"),
];
const trusted = (bundle) => v.toHex(v.sha256(v.fromHex(bundle.checkpoint.header, 105)));

/** One of each kind and case, for what takes long. */
const samples = [
  prover.fact("/facts"), prover.fact("/facts/contacts/@Jorday/tags/1", 7), prover.fact("/facts/absent"),
  prover.fact("/facts/total/x"), prover.fact("/old/0", 2), prover.fact("/x", 4), prover.update(3), prover.consistency(3),
];

function holds(bundle, checkpoint) {
  const text = typeof bundle === "object" && !(bundle instanceof Uint8Array) ? textOf(bundle) : bundle;
  return v.verifyBundle(text, checkpoint).verdict === "holds";
}

/**
 * Whether a spoiled bundle is refused. One may still hold: a proof that nothing is at `/a/x` may show the same of
 * `/a/y`. Then its claim is another one than the true bundle's, and the document itself says that it is true.
 */
function isRefused(text, original) {
  const shown = v.verifyBundle(text, trusted(original));
  if (shown.verdict !== "holds") return true;
  const { kind, ...claim } = shown.claim;
  return kind === "fact" && textOf(claim) !== textOf(original.claim) && isTrue(claim);
}

/** What the documents say of a claim, no hash asked. */
function isTrue({ space, version, path, verdict, value }) {
  if (space !== "daryl" || log.documents[version - 1] === undefined) return false;
  const stands = v.lookUp(v.fromPlain(log.documents[version - 1]), v.segments(path));
  if (verdict === "absent") return stands === undefined && value === undefined;
  if (stands === undefined) return false;
  // A non-empty object that has an entry of its own is claimed without a value.
  return value === undefined ? stands instanceof Map : v.canonical(stands) === textOf(value);
}

test("true bundles hold, as text and as bytes, and say their claim", () => {
  for (const bundle of bundles) {
    const text = textOf(bundle);
    const verdict = v.verifyBundle(text, trusted(bundle));
    const author = bundle.kind === "update" ? { author: "claimed" } : {};
    assert.deepEqual(verdict, { verdict: "holds", claim: { kind: bundle.kind, ...bundle.claim }, ...author });
    assert.deepEqual(v.verifyBundle(textOf({ ...bundle, format: "mnemogrid-bundle-2" }), trusted(bundle)), verdict);
    assert.deepEqual(v.verifyBundle(v.toUtf8(text), v.parseHash(trusted(bundle))), verdict);
  }
  const cases = new Set(bundles.filter((b) => b.fact).map((b) => b.fact.case + " " + b.claim.verdict));
  assert.deepEqual([...cases].sort(), ["below-object absent", "below-value absent", "in-array absent", "in-array present", "present present"]);
});

test("holds under no other checkpoint, and refuses a hash that is none", () => {
  for (const bundle of bundles) {
    const hash = v.parseHash(trusted(bundle));
    hash[31] ^= 1;
    assert.equal(v.verifyBundle(textOf(bundle), hash).step, "checkpoint");
  }
  for (const bad of ["", "0x", "0x00", prover.checkpointHash.slice(2), prover.checkpointHash + "00", new Uint8Array(31)]) {
    assert.throws(() => v.verifyBundle(textOf(bundles[0]), bad), RangeError);
  }
});

test("no byte outside the hints may be another", () => {
  let tried = 0;
  for (const { hints, ...bundle } of samples) {
    const bytes = v.toUtf8(textOf(bundle));
    assert.ok(holds(bytes, trusted(bundle)));
    for (let i = 0; i < bytes.length; i++) {
      for (const mask of [0x01, 0x10, 0x20]) {
        bytes[i] ^= mask;
        assert.ok(isRefused(bytes, bundle), "byte " + i + " of " + v.fromUtf8(bytes));
        bytes[i] ^= mask;
        tried++;
      }
    }
  }
  assert.ok(tried > 30_000, String(tried));
});

test("no byte may be missing, doubled or added", () => {
  for (const { hints, ...bundle } of samples) {
    const text = textOf(bundle);
    for (let i = 0; i <= text.length; i++) {
      const spoiled = [text.slice(0, i) + text.slice(i + 1), text.slice(0, i) + (text[i] ?? "") + text.slice(i), text.slice(0, i) + " " + text.slice(i)];
      for (const other of spoiled.filter((candidate) => candidate !== text)) {
        assert.ok(isRefused(other, bundle), "at " + i + ": " + other);
      }
    }
    assert.ok(!holds("\ufeff" + text, trusted(bundle)));
    assert.ok(!holds(text + "\n", trusted(bundle)));
  }
});

/** Every copy of `value` with one thing wrong. */
function* spoiled(value, at = "") {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      yield [at + "/" + i + " dropped", value.toSpliced(i, 1)];
      yield [at + "/" + i + " doubled", value.toSpliced(i, 0, value[i])];
      for (let j = i + 1; j < value.length; j++) {
        yield [at + " swapped " + i + " and " + j, value.with(i, value[j]).with(j, value[i])];
      }
      for (const [what, item] of spoiled(value[i], at + "/" + i)) yield [what, value.with(i, item)];
    }
    yield [at + " emptied", []];
    yield [at + " with null", [...value, null]];
  } else if (typeof value === "object" && value !== null) {
    for (const name of Object.keys(value)) {
      const { [name]: member, ...rest } = value;
      yield [at + "/" + name + " left out", rest];
      for (const [what, other] of spoiled(member, at + "/" + name)) yield [what, { ...value, [name]: other }];
    }
    yield [at + " with an unknown member", { ...value, unknown: 0 }];
    yield [at + " emptied", {}];
  } else if (typeof value === "number") {
    for (const other of [value + 1, value - 1, value + 0.5, -value, value + 256, 2 ** 53, 0, String(value)]) yield [at + " = " + other, other];
  } else if (typeof value === "string") {
    for (const other of [value + "0", value + "00", value.slice(0, -1), value.slice(0, -2), value.slice(1), value.toUpperCase(), value + "\u0000", ""]) {
      yield [at + " = " + JSON.stringify(other), other];
    }
  }
  for (const other of [null, true, {}, [], "x", 1]) yield [at + " = " + JSON.stringify(other), other];
}

test("no member may be missing, unknown, of another type or length, or at another place", () => {
  let tried = 0;
  for (const { hints, ...bundle } of bundles) {
    const text = textOf(bundle);
    for (const [what, other] of spoiled(bundle)) {
      let otherText;
      try {
        otherText = textOf(other);
      } catch (error) {
        if (error instanceof RangeError) continue; // half a character has no canonical form
        throw error;
      }
      if (otherText === text) continue;
      assert.ok(isRefused(otherText, bundle), what + " in " + text);
      tried++;
    }
  }
  assert.ok(tried > 20_000, String(tried));
});

test("no fact passes as another", () => {
  const facts = bundles.filter((bundle) => bundle.kind === "fact");
  for (const bundle of facts) {
    const { fact } = bundle;
    for (const form of ["present", "below-object", "below-value", "in-array"]) {
      for (const ancestor of [undefined, "", ...v.ancestors(bundle.claim.path), bundle.claim.path]) {
        for (const payload of [undefined, fact.payload, "\u0003", "{}", "[]", "null"]) {
          for (const verdict of ["present", "absent"]) {
            const other = { case: form, proofs: fact.proofs };
            if (ancestor !== undefined) other.ancestor = ancestor;
            if (payload !== undefined) other.payload = payload;
            const claim = { ...bundle.claim, verdict };
            if (verdict === "absent") delete claim.value;
            if (textOf(other) === textOf(fact) && verdict === bundle.claim.verdict) continue;
            assert.ok(!holds({ ...bundle, claim, fact: other }, trusted(bundle)), textOf(other));
          }
        }
      }
    }
    for (const { fact: other } of facts) {
      if (textOf(other) === textOf(fact)) continue;
      const moved = { ...bundle, fact: other };
      // The proof of one absence may rightly serve for another: then the claim is true all the same.
      assert.ok(!holds(moved, trusted(bundle)) || (bundle.claim.verdict === "absent" && isTrue(bundle.claim)), textOf(moved));
    }
  }
});

test("nothing of one version or kind passes as another's", () => {
  const all = [...log.records.map((_, i) => prover.update(i + 1)), ...log.records.map((_, i) => prover.consistency(i + 1))];
  for (const bundle of all) {
    for (const version of [0, ...log.records.map((_, i) => i + 1), 8]) {
      if (version === bundle.claim.version) continue;
      assert.ok(!holds({ ...bundle, claim: { ...bundle.claim, version } }, trusted(bundle)));
    }
    for (const space of ["bot-a", "daryl2", "Daryl", ""]) {
      assert.ok(!holds({ ...bundle, claim: { ...bundle.claim, space } }, trusted(bundle)));
    }
    for (const kind of ["fact", "update", "consistency"]) {
      if (kind !== bundle.kind) assert.ok(!holds({ ...bundle, kind }, trusted(bundle)));
    }
  }
  const update = prover.inclusion(7);
  assert.ok(!holds({ ...prover.fact("/facts"), update }, prover.checkpointHash), "an update that is not needed");
  const { update: _, ...bare } = prover.fact("/facts", 2);
  assert.ok(!holds(bare, prover.checkpointHash), "an update that is needed");
  assert.ok(!holds({ ...prover.fact("/facts", 2), update: prover.inclusion(1) }, prover.checkpointHash));
});

test("whatever the hints say, the verdict is the same", () => {
  for (const hints of [{}, { chain_id: "x", anything: [1] }]) {
    assert.ok(holds({ ...samples[0], hints }, prover.checkpointHash));
    const { hints: _, ...without } = samples[0];
    assert.ok(holds(without, prover.checkpointHash));
  }
});

test("refuses a checkpoint that breaks its own rules, though its hash is given", () => {
  const bundle = prover.fact("/facts/total");
  const spoil = (change) => {
    const header = prover.header.slice();
    change(header);
    const spoiledBundle = { ...bundle, checkpoint: { ...bundle.checkpoint, header: v.toHex(header) } };
    return v.verifyBundle(textOf(spoiledBundle), v.sha256(header));
  };
  assert.equal(spoil((header) => (header[0] = 3)).verdict, "unreadable");
  assert.equal(spoil((header) => (header[8] = 0)).verdict, "unreadable");
  assert.equal(spoil((header) => (header[1] = 0xff)).verdict, "unreadable");
  assert.equal(spoil((header) => (header[8] = 1)).step, "checkpoint"); // the first, and it has a previous
  assert.equal(spoil((header) => (header[1] = 0x7f)).step, "checkpoint"); // a number that no checkpoint reaches
  assert.equal(spoil((header) => (header[50] ^= 1)).step, "head");
  assert.equal(spoil((header) => (header[104] ^= 1)).verdict, "holds"); // the manifest is no part of a bundle
});

/** The steps as docs/proofs.md names them, in their order. */
const STEPS = ["checkpoint", "head", "version", "update", "fact", "claim", "consistency", "author"];

test("names the step that others name, of bundles made elsewhere", { skip: !existsSync(process.env.BUNDLES ?? "") && "BUNDLES names no file" }, () => {
  const lines = readFileSync(process.env.BUNDLES, "utf8").split("\n").filter((line) => line !== "");
  const differences = [];
  const seen = new Set();
  for (const [i, line] of lines.entries()) {
    const { bundle, checkpoint, holds, answer, claim } = JSON.parse(line);
    const verdict = v.verifyBundle(bundle, checkpoint);
    const there = holds ? "holds" : answer;
    seen.add(there);
    if ((verdict.step ?? verdict.verdict) !== there) {
      differences.push("line " + (i + 1) + ", there " + there + ", here " + JSON.stringify(verdict));
    } else if (holds) {
      const { kind, ...claimed } = verdict.claim;
      assert.equal(textOf(claimed), textOf(claim), "line " + (i + 1));
      const author = "author" in JSON.parse(bundle) ? "proven" : kind === "update" ? "claimed" : undefined;
      assert.equal(verdict.author, author, "line " + (i + 1));
    }
  }
  assert.deepEqual(differences.slice(0, 20), [], differences.length + " of " + lines.length);
  assert.deepEqual([...seen].sort(), ["holds", "unreadable", ...STEPS].sort(), "answers that the bundles had");
});
