// SPDX-License-Identifier: Apache-2.0
// Ed25519 as docs/authors.md wants it, and bundles that prove an author.
import assert from "node:assert/strict";
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";
import { test } from "node:test";
import * as v from "../dist/index.js";
import { whyNotAsked } from "../dist/request.js";
import { history, Prover, textOf } from "./prover.mjs";
import { readVectors } from "./vectors.mjs";

const vectors = readVectors("signatures.json");
const bytes = (hex) => v.fromHex("0x" + hex, hex.length / 2);
const PKCS8 = bytes("302e020100300506032b657004220420");

test("hashes with SHA-512 as the platform does, at every length around a block", () => {
  for (let length = 0; length <= 300; length++) {
    const message = new Uint8Array(randomBytes(length));
    const hash = "0x" + createHash("sha512").update(message).digest("hex");
    assert.equal(v.toHex(v.sha512(message.subarray(0, length >> 1), message.subarray(length >> 1))), hash);
  }
});

test("signs and checks as RFC 8032 and the platform do", () => {
  for (const { name, seed, key, message, signature } of vectors.rfc8032) {
    assert.equal(v.toHex(v.publicKeyOf(bytes(seed))), "0x" + key, name);
    assert.equal(v.toHex(v.signEd25519(bytes(seed), bytes(message))), "0x" + signature, name);
    assert.ok(v.verifyEd25519(bytes(key), bytes(message), bytes(signature)), name);
  }
  assert.equal(vectors.rfc8032.length, 5);
  for (let i = 0; i < 20; i++) {
    const seed = new Uint8Array(randomBytes(32));
    const message = new Uint8Array(randomBytes(98));
    const own = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
    const signature = v.signEd25519(seed, message);
    assert.deepEqual(signature, new Uint8Array(sign(null, message, own)));
    assert.ok(verify(null, message, createPublicKey(own), signature));
  }
});

test("takes what an author signed, and nothing else", () => {
  let refused = 0;
  for (const { why, holds, seed, key, grid, space, request, message, signature } of vectors.deltas) {
    assert.equal(v.toHex(v.signedMessage(grid, space, request)), "0x" + message);
    assert.equal(v.signatureHolds(key, signature, grid, space, request), holds, why);
    if (seed !== undefined) assert.equal(v.signRequest(bytes(seed), grid, space, request), signature);
    if (!holds) refused++;
  }
  assert.equal(refused, 93);
  const { key, signature } = vectors.deltas[0];
  for (const grid of ["", "00", "A".repeat(32), "0".repeat(33), "0".repeat(32) + "\n"]) {
    assert.throws(() => v.signatureHolds(key, signature, grid, "s", "{}"), RangeError);
  }
});

test("reads one spelling of a key and of a signature", () => {
  for (const { why, key, signature } of vectors.spellings) {
    assert.throws(() => v.signatureHolds(key, signature, "0".repeat(32), "s", "{}"), RangeError, why);
  }
  assert.equal(vectors.spellings.length, 12);
  for (let length = 0; length < 70; length++) {
    const data = new Uint8Array(randomBytes(length));
    assert.equal(v.toBase64Url(data), Buffer.from(data).toString("base64url"));
    assert.deepEqual(v.fromBase64Url(v.toBase64Url(data), length, "data"), data);
  }
});

// A space whose author signed, and the space of the keys, which goes on afterwards.
const seed = new Uint8Array(32).fill(7);
const key = v.toBase64Url(v.publicKeyOf(seed));
const grid = "00112233445566778899aabbccddeeff";
const keys = (...names) => ({ grid, keys: Object.fromEntries(names.map((name) => [name, { [key]: "ed25519" }])) });
const authors = history("mnemogrid.authors", [{ grid }, keys("ann"), keys("ann", "bob"), { grid }]);

const documents = [
  { a: { b: 1, c: [1, { d: 2 }] }, e: true },
  { a: { b: 1 }, e: true, f: {} },
  { a: {}, f: {} },
];
const asks = [
  { added: [{ key: "a", value: documents[0].a }, { key: "/e", value: true }] },
  { modified: [{ key: "/f", new_value: {} }], deleted: [{ key: "a.c" }] },
  { deleted: [{ key: "/a/b" }, { key: "/e" }, { key: "/not/there" }] },
];

/** The members of the record of a version, signed by that version of the keys; `change` spoils the request or them. */
function signed(version, at, change = (members) => members) {
  const request = {
    author: "ann", base: version - 1, changes: asks[version - 1], timestamp: new Date(Date.UTC(2026, 1, 5, 19, 0, version - 1)).toISOString(), type: "t",
    update_id: "u" + (version - 1),
  };
  const members = { author: "ann", base: version - 1, request, at, space: "daryl", grid, seed };
  const said = change(members);
  const text = textOf(said.request);
  const value = v.signRequest(said.seed, said.grid, said.space, text);
  return {
    author: said.author,
    base: said.base,
    request: v.toHex(v.sha256(v.toUtf8(text))),
    signed: { authors: said.at, key, request: said.request, value },
    ...said.record,
  };
}

function prove(version, at, change) {
  const log = history("daryl", documents, (i) => (i === version ? signed(i, at, change) : {}));
  const prover = new Prover(log, [authors]);
  return { prover, bundle: prover.signedUpdate(version, authors) };
}

const judged = ({ prover, bundle }) => v.verifyBundle(textOf(bundle), prover.checkpointHash);

test("proves the author of an update", () => {
  for (const version of [1, 2, 3]) {
    for (const at of [2, 3]) {
      assert.deepEqual(judged(prove(version, at)), { verdict: "holds", claim: { kind: "update", space: "daryl", version }, author: "proven" });
    }
  }
});

test("an author is proven by nothing but a key that was the author's, of this request for this space of this grid", () => {
  const others = {
    "a key that is not there yet": prove(1, 1),
    "a key that is revoked": prove(1, 4),
    "another author's record": prove(1, 2, (m) => ({ ...m, author: "bob" })),
    "another space": prove(1, 2, (m) => ({ ...m, space: "daryl2" })),
    "another grid": prove(1, 2, (m) => ({ ...m, grid: grid.replace("0", "1") })),
    "another key": prove(1, 2, (m) => ({ ...m, seed: new Uint8Array(32) })),
    "another base": prove(2, 2, (m) => ({ ...m, request: { ...m.request, base: 0 } })),
    "another type": prove(1, 2, (m) => ({ ...m, request: { ...m.request, type: "x" } })),
    "another id": prove(1, 2, (m) => ({ ...m, request: { ...m.request, update_id: "x" } })),
    "another value": prove(1, 2, (m) => ({ ...m, request: { ...m.request, changes: { added: [{ key: "/a", value: { b: 2 } }] } } })),
    "a part that was not asked for": prove(1, 2, (m) => ({ ...m, request: { ...m.request, changes: { added: [asks[0].added[0]] } } })),
    "a member of an array": prove(1, 2, (m) => ({ ...m, request: { ...m.request, changes: { added: [{ key: "/a/c", value: [1] }] } } })),
    "a delete that was not asked for": prove(3, 2, (m) => ({ ...m, request: { ...m.request, changes: { deleted: [{ key: "/e" }] } } })),
    "a request without changes": prove(1, 2, (m) => ({ ...m, request: { author: "ann", base: 0, type: "t", update_id: "u0" } })),
    "a dotted path with a hole": prove(1, 2, (m) => ({ ...m, request: { ...m.request, changes: { added: [{ key: "a..b", value: 1 }] } } })),
    "another request's hash": prove(1, 2, (m) => ({ ...m, record: { request: v.toHex(v.sha256()) } })),
    "a loser that was not sent": prove(2, 2, (m) => ({ ...m, record: { superseded: [{ by: "bob", by_version: 1, key: "/f", value: 1 }] } })),
  };
  for (const [why, other] of Object.entries(others)) assert.equal(judged(other).step, "author", why);
  const lost = (key) => (m) => ({ ...m, record: { superseded: [{ by: "bob", by_version: 1, deleted: true, key }] } });
  assert.equal(judged(prove(3, 2, lost("/not/there"))).author, "proven");
  assert.equal(judged(prove(3, 2, lost("/e"))).step, "author", "what lost was made all the same");
});

test("no member of an author's proof may be left out, changed or too much", () => {
  const { prover, bundle } = prove(1, 2);
  const spoiled = (change) => {
    const author = structuredClone(bundle.author);
    change(author);
    const { verdict, step } = judged({ prover, bundle: { ...bundle, author } });
    return step ?? verdict;
  };
  for (const name of ["head", "proof", "grid", "key", "request", "signature"]) {
    assert.equal(spoiled((author) => delete author[name]), "unreadable", name);
    assert.equal(spoiled((author) => (author[name] = null)), "unreadable", name);
  }
  assert.equal(spoiled((author) => delete author.update), "author");
  assert.equal(spoiled((author) => (author.other = 1)), "unreadable");
  assert.equal(spoiled((author) => (author.update = prover.inclusion(3, authors))), "author");
  assert.equal(spoiled((author) => (author.head.version = 1)), "author");
  assert.equal(spoiled((author) => (author.grid = author.key)), "author");
  assert.equal(spoiled((author) => (author.key = author.grid)), "author");
  assert.equal(spoiled((author) => (author.request = "{}")), "author");
  assert.equal(spoiled((author) => (author.request += " ")), "author");
  assert.equal(spoiled((author) => (author.signature = v.toBase64Url(new Uint8Array(64)))), "author");
  assert.equal(spoiled((author) => (author.proof = bundle.checkpoint.proof)), "author");
  assert.equal(judged({ prover, bundle: { ...bundle, format: "mnemogrid-bundle-1" } }).verdict, "unreadable");
  assert.equal(judged({ prover, bundle: { ...prover.fact("/e"), format: "mnemogrid-bundle-2", author: bundle.author } }).verdict, "unreadable");
  const { author: _, ...without } = bundle;
  assert.equal(judged({ prover, bundle: without }).author, "claimed");
});

test("a record says what was signed, and nothing else", () => {
  const cases = readVectors("signed-requests.json");
  for (const { what, request, record, holds } of cases) {
    assert.equal(whyNotAsked(v.fromPlain(request), v.fromPlain(record)) === null, holds, what);
  }
  assert.ok(cases.length > 30);
});
