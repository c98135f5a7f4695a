// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as v from "../dist/index.js";
import { history, textOf } from "./prover.mjs";
import { random } from "./vectors.mjs";

const AUTHOR = "0x" + "ab".repeat(20);
const command = (name) => fileURLToPath(new URL("../bin/" + name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "recompute-"));
after(() => rmSync(folder, { recursive: true }));

const next = random(7);
const documents = (salt) =>
  Array.from({ length: 130 }, (_, i) => ({ own: { n: i, salt }, shared: { ["k" + next(5)]: [next(9), "\u2028"] }, "a/b~": {} }));
const logs = ["alpha", "beta"].map((space) => history(space, documents(space)));

const addressOf = (text) => v.contentAddress(v.sha256(v.toUtf8(text)));
const headAt = (log, version) => ({
  version,
  stateRoot: v.documentRoot(v.fromPlain(log.documents[version - 1])),
  logRoot: v.logRoot(log.hashes.slice(0, version)),
});

/** What a grid writes that makes so many checkpoints: alpha goes on with each, beta with every second. */
function checkpoints(count, hour = 20) {
  const heads = new Map();
  const made = [];
  let previous = v.ZERO_HASH;
  for (let number = 1; number <= count; number++) {
    const changed = logs.filter(({ space }) => space === "alpha" || number % 2 === 1);
    for (const log of changed) heads.set(log.space, headAt(log, number));
    const listed = number % 100 === 0 ? logs : changed;
    const spaces = Object.fromEntries(listed.map((log) => {
      const { version, stateRoot, logRoot } = heads.get(log.space);
      const snapshot_version = Math.max(1, version - (version % 10));
      const snapshot = addressOf(textOf(log.documents[snapshot_version - 1]));
      return [log.space, { log_root: v.toHex(logRoot), snapshot, snapshot_version, state_root: v.toHex(stateRoot), version }];
    }));
    const time = new Date(Date.UTC(2026, 1, 5, hour, 0, number)).toISOString();
    const manifest = textOf({ author: AUTHOR, number, previous: v.toHex(previous), spaces, time });
    const header = { number, previous, forestRoot: v.forestRoot(heads), manifestDigest: v.sha256(v.toUtf8(manifest)) };
    previous = v.checkpointHash(header);
    made.push({ author: AUTHOR, hash: previous, manifest, number, pointer: v.contentAddress(previous) });
  }
  return made;
}

const chain = checkpoints(120);
const exported = ({ space, records, head }) => [
  textOf({ format: v.EXPORT_FORMAT, log_root: v.toHex(head.logRoot), policy: {}, root: v.toHex(head.stateRoot), space, version: head.version }),
  ...records,
];

async function recompute(anchored, exports = logs.map(exported)) {
  const recomputation = new v.Recomputation(anchored);
  for (const lines of exports) await recomputation.play("export", lines);
  return recomputation.finish();
}

/** Demands a difference at this number and in this space. */
async function differs(number, space, anchored, exports) {
  const error = await recompute(anchored, exports).then(
    () => assert.fail("the same"),
    (thrown) => thrown,
  );
  assert.ok(error instanceof v.Difference, String(error.stack));
  assert.deepEqual([error.number, error.space], [number, space], error.message);
}

/** The chain with another manifest at one number, and itself with the hash that goes with it. */
function manifestChanged(number, change) {
  const plain = JSON.parse(chain[number - 1].manifest);
  change(plain);
  return chain.with(number - 1, { ...chain[number - 1], manifest: textOf(plain) });
}

test("every checkpoint is what the logs give", async () => {
  assert.deepEqual(await recompute(chain), { checkpoints: 120, spaces: 2, records: 260 });
  assert.deepEqual(await recompute(chain, logs.map(({ records }) => records)), { checkpoints: 120, spaces: 2, records: 260 });
});

test("names the number at which the chain has another hash, author, pointer or order", async () => {
  const spoil = (number, change) => chain.with(number - 1, { ...chain[number - 1], ...change });
  await differs(120, null, spoil(120, { hash: v.sha256() }));
  await differs(58, null, spoil(57, { hash: v.sha256() })); // its manifest names the hash before
  await differs(57, null, spoil(57, { author: "0x" + "cd".repeat(20) }));
  await differs(57, null, spoil(57, { pointer: chain[0].pointer }));
  await differs(57, null, chain.toSpliced(56, 1));
  await differs(58, null, chain.toSpliced(57, 0, chain[56]));
  await differs(1, null, chain.slice(1));
});

test("names number and space where the manifest says other roots, versions or snapshots than the log", async () => {
  const hash = v.toHex(v.sha256());
  await differs(57, "beta", manifestChanged(57, (m) => (m.spaces.beta.state_root = hash)));
  await differs(57, "beta", manifestChanged(57, (m) => (m.spaces.beta.log_root = hash)));
  await differs(57, "beta", manifestChanged(57, (m) => (m.spaces.beta.snapshot = addressOf("{}"))));
  await differs(57, "beta", manifestChanged(57, (m) => (m.spaces.beta.version = 58)));
  await differs(57, "beta", manifestChanged(57, (m) => (m.spaces.beta.version = 1000)));
  await differs(58, "beta", manifestChanged(58, (m) => (m.spaces.beta = JSON.parse(chain[56].manifest).spaces.beta)));
  await differs(100, "beta", manifestChanged(100, (m) => delete m.spaces.beta));
  await differs(57, null, manifestChanged(57, (m) => delete m.spaces.beta));
  await differs(57, null, manifestChanged(57, (m) => (m.time = "2026-02-05T20:00:57.500Z")));
  await differs(57, null, manifestChanged(57, (m) => (m.time = "2026-02-05T20:00:01.000Z")));
  // All of it fits together, but it is said to have been prepared before its records were committed.
  await differs(1, "alpha", checkpoints(3, 18));
});

test("names the first checkpoint and the space of a record that was changed, also where the log still holds together", async () => {
  const other = exported(logs[1]);
  const changed = (line, from, to) => {
    assert.ok(line.includes(from));
    return line.replace(from, to);
  };
  const spoiled = other.with(77, changed(other[77], '"author":"agent-1"', '"author":"agent-2"'));
  await differs(79, "beta", chain, [exported(logs[0]), spoiled]); // record 77 stands, record 78 names another before it
  const value = other.with(77, changed(other[77], '"new_value":76', '"new_value":75'));
  await differs(77, "beta", chain, [exported(logs[0]), value]);
  await differs(77, "beta", chain, [exported(logs[0]), other.toSpliced(77, 1)]);
  await differs(121, "beta", chain, [exported(logs[0]), other.slice(0, -1)]);
  const rewritten = history("beta", logs[1].documents.with(76, { own: "rewritten" }));
  await differs(77, "beta", chain, [exported(logs[0]), exported(rewritten)]);
  await differs(1, "beta", chain, [exported(logs[0])]);
});

test("on the command line: 0, 7 with the place, 2", () => {
  const write = (name, lines) => {
    writeFileSync(join(folder, name), lines.join("\n") + "\n");
    return join(folder, name);
  };
  const run = (script, ...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command(script), ...args], { encoding: "utf8" });
    return { status, text: stdout + stderr };
  };
  const lines = chain.map((one) => textOf({ ...one, hash: v.toHex(one.hash) }));
  const exports = logs.map((log) => write(log.space, exported(log)));
  const good = write("good", lines);
  const same = run("recompute.mjs", "--checkpoints", good, ...exports);
  assert.deepEqual(same, { status: 0, text: "120 checkpoints recomputed from 260 records of 2 spaces, each equal to the chain's\n" });
  const bad = write("bad", lines.with(56, lines[56].replace('"author":"0xab', '"author":"0xac')));
  const found = run("recompute.mjs", "--checkpoints", bad, ...exports);
  assert.equal(found.status, 7);
  assert.match(found.text, /^differs: checkpoint 57: recomputed 0x/);
  assert.equal(run("recompute.mjs", "--checkpoints", write("none", []), exports[0]).status, 2);
  assert.equal(run("recompute.mjs", "--checkpoints", join(folder, "missing"), exports[0]).status, 2);
  assert.equal(run("recompute.mjs", "--checkpoints", write("text", ["{}"]), exports[0]).status, 2);
  assert.equal(run("recompute.mjs", exports[0]).status, 2);
  const { version, stateRoot } = logs[0].head;
  const log = run("verify.mjs", "--log", exports[0]);
  assert.equal(log.status, 0);
  assert.ok(log.text.startsWith(`version ${version}\nstate root ${v.toHex(stateRoot)}\n`));
  assert.equal(run("verify.mjs", "--log", write("short", exported(logs[0]).slice(0, -1))).status, 7);
});
