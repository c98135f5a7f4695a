// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as v from "../dist/index.js";
import { history, Prover, textOf } from "./prover.mjs";

const command = fileURLToPath(new URL("../bin/verify.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "verifier-"));
after(() => rmSync(folder, { recursive: true }));

const log = history("s", [{ a: 2 ** 60 }, { a: 2 ** 60, b: "\u2028" }]);
const prover = new Prover(log);
const bundle = prover.fact("/a", 1);

function file(content) {
  const path = join(folder, "file");
  writeFileSync(path, content);
  return path;
}

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: "utf8" });
  return { status, text: stdout + stderr };
}

test("prints the claim of a bundle that holds", () => {
  const path = file(textOf(bundle));
  const claim = textOf(bundle.claim);
  assert.deepEqual(run(path, "--checkpoint", prover.checkpointHash), { status: 0, text: "holds: fact " + claim + "\n" });
  assert.equal(run(path, "--checkpoint", prover.checkpointHash, "--expect", " " + claim).status, 0);
  assert.equal(run(path, "--checkpoint", prover.checkpointHash, "--expect", JSON.stringify({ ...bundle.claim, value: 1 })).status, 7);
  assert.equal(run(path, "--checkpoint", prover.checkpointHash, "--expect", "{").status, 2);
});

test("says of an update whether its author is proven", () => {
  const path = file(textOf(prover.update(2)));
  const said = textOf({ author: "claimed", space: "s", version: 2 });
  assert.deepEqual(run(path, "--checkpoint", prover.checkpointHash), { status: 0, text: "holds: update " + said + "\n" });
  for (const [expected, status] of [[said, 0], ['{"space":"s","version":2}', 0], [said.replace("claimed", "proven"), 7]]) {
    assert.equal(run(path, "--checkpoint", prover.checkpointHash, "--expect", expected).status, status, expected);
  }
});

test("tells what does not hold from what cannot be read", () => {
  const other = v.toHex(v.sha256());
  const shown = run(file(textOf(bundle)), "--checkpoint", other);
  assert.equal(shown.status, 7);
  assert.match(shown.text, /^does not hold: checkpoint: /);
  assert.equal(run(file("{}"), "--checkpoint", other).status, 2);
  assert.equal(run(file(Buffer.from([0x22, 0xff, 0x22])), "--checkpoint", other).status, 2);
  assert.equal(run(join(folder, "none"), "--checkpoint", other).status, 2);
  assert.equal(run(file(textOf(bundle)), "--checkpoint", "0x00").status, 2);
  for (const args of [[], ["--unknown"], ["a", "b", "--checkpoint", other], [file("{}")], ["a", "--log", "b"]]) {
    assert.equal(run(...args).status, 2, args.join(" "));
  }
});

test("recomputes the roots of an exported log", () => {
  const roots = `version 2\nstate root ${v.toHex(log.head.stateRoot)}\nlog root ${v.toHex(log.head.logRoot)}\n`;
  assert.deepEqual(run("--log", file(log.records.join("\n"))), { status: 0, text: roots });
  assert.deepEqual(run("--log", file(log.records.join("\n") + "\n")), { status: 0, text: roots });
  assert.equal(run("--log", file(log.records[1])).status, 7);
  assert.equal(run("--log", file(log.records.join("\n\n"))).status, 7);
  assert.equal(run("--log", file(log.records.join("\r\n"))).status, 7);
  assert.equal(run("--log", file(Buffer.from([0xff, 10]))).status, 2);
  assert.equal(run("--log", join(folder, "none")).status, 2);
});
