// SPDX-License-Identifier: Apache-2.0
// The client signs what its author writes.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";
import * as c from "../dist/client/index.js";
import * as v from "../dist/index.js";
import { committed, json, lost, member, tag } from "./member.mjs";

const GRID = "00112233445566778899aabbccddeeff";
const OTHER = "ffeeddccbbaa99887766554433221100";
const seed = new Uint8Array(32).fill(9);
const key = v.toBase64Url(v.publicKeyOf(seed));
const head = (grid) => json(200, { space: "s", version: 2, root: "0x", log_root: "0x", leaves: 0, grid }, { ETag: tag(2) });

async function against(answers, options, play) {
  const one = await member(...answers);
  const client = new c.Client(one.url, { author: "me", signer: seed, ...options });
  try {
    await play(await client.space("s", { create: false }), one.requests);
  } finally {
    client.close();
    await one.close();
  }
}

const bodies = (requests) => requests.filter(({ method }) => method === "POST").map(({ body }) => body);

function assertSigned(body, grid) {
  const { signature, ...delta } = JSON.parse(body);
  assert.deepEqual(Object.keys(signature).sort(), ["key", "value"]);
  assert.equal(signature.key, key);
  assert.ok(v.signatureHolds(key, signature.value, grid, "s", v.canonical(v.fromPlain(delta))));
}

test("signs for the grid of the first answer, and sends the same bytes again", async () => {
  await against([head(GRID), lost, committed(3), committed(4), head(OTHER)], {}, async (space, requests) => {
    await space.commit({ set: { a: { é: [1, 2.5] } } }, { base: 2 });
    await space.commit({ delete: ["b"] }, { base: 3 });
    const sent = bodies(requests);
    assert.equal(sent.length, 3);
    assert.equal(sent[0], sent[1]);
    for (const body of sent) assertSigned(body, GRID);
    await assert.rejects(space.set("c", 1), (error) => error instanceof c.OtherGrid && error.said === OTHER && error.grid === GRID);
    assert.equal(bodies(requests).length, 3);
  });
});

test("signs for the grid that is given, whatever a member says", async () => {
  await against([committed(3), head(OTHER)], { grid: GRID }, async (space, requests) => {
    await space.set("a", 1, { base: 2 });
    assertSigned(bodies(requests)[0], GRID);
    await assert.rejects(space.head(), c.OtherGrid);
  });
});

test("signs for the client's author alone", async () => {
  await against([committed(3)], {}, async (space, requests) => {
    await space.set("a", 1, { base: 2, author: "another" });
    assert.ok(!bodies(requests)[0].includes("signature"));
  });
  await against([head(undefined)], {}, async (space, requests) => {
    await assert.rejects(space.set("a", 1, { base: 2 }), c.BadAnswer);
    assert.deepEqual(bodies(requests), []);
  });
});

test("reads a private key as openssl writes it, and never tells it", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  const signer = new c.Signer(pem);
  assert.equal(signer.key, publicKey.export({ format: "jwk" }).x);
  assert.equal(new c.Signer(pem.replaceAll("\n", "\r\n")).key, signer.key);
  assert.equal(inspect(signer), "Signer { key: '" + signer.key + "' }");
  for (const bad of ["", pem.replace("PRIVATE", "PUBLIC"), pem.replace("MC4C", ""), pem.replace("MC4", "MC5"), new Uint8Array(31)]) {
    assert.throws(() => new c.Signer(bad), (error) => error instanceof RangeError && !error.message.includes("MC"));
  }
  assert.throws(() => new c.Client("http://127.0.0.1:1", { signer: seed }), TypeError);
  assert.throws(() => new c.Client("http://127.0.0.1:1", { signer: seed, author: "me", grid: "00" }), RangeError);
});
