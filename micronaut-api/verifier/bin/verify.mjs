#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { linesOf } from "./lines.mjs";

const HOLDS = 0;
const UNREADABLE = 2;
const DOES_NOT_HOLD = 7;

const USAGE = `usage: verify.mjs bundle.json --checkpoint 0x…64 hex digits [--expect '<claim as JSON>']
       verify.mjs --log export.jsonl
exit: 0 holds, 7 does not hold, 2 unreadable`;

/** Says why and ends. */
function end(code, text) {
  (code === HOLDS ? console.log : console.error)(text);
  process.exit(code);
}

const verifier = await import("../dist/index.js").catch((error) => {
  if (error.code === "ERR_MODULE_NOT_FOUND") end(UNREADABLE, "not built yet: npm ci --ignore-scripts && npm run build");
  throw error;
});

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { checkpoint: { type: "string" }, expect: { type: "string" }, log: { type: "string" } },
    });
  } catch (error) {
    return end(UNREADABLE, error.message + "\n" + USAGE);
  }
}

async function verifyBundle(file, checkpoint, expected) {
  let verdict;
  try {
    verdict = verifier.verifyBundle(new Uint8Array(await readFile(file)), checkpoint);
  } catch (error) {
    if (error instanceof RangeError || error.code !== undefined) end(UNREADABLE, "unreadable: " + error.message);
    throw error;
  }
  if (verdict.verdict === "unreadable") end(UNREADABLE, "unreadable: " + verdict.why);
  if (verdict.verdict === "fails") end(DOES_NOT_HOLD, "does not hold: " + verdict.step + ": " + verdict.why);
  const { kind, ...claim } = verdict.claim;
  const textOf = (plain) => verifier.canonical(verifier.fromPlain(plain));
  const said = textOf(verdict.author === undefined ? claim : { ...claim, author: verdict.author });
  if (expected !== undefined && ![said, textOf(claim)].includes(canonicalOf(expected))) {
    end(DOES_NOT_HOLD, "does not hold: it shows another claim than the expected one: " + kind + " " + said);
  }
  end(HOLDS, "holds: " + kind + " " + said);
}

function canonicalOf(text) {
  try {
    return verifier.canonical(verifier.fromPlain(JSON.parse(text)));
  } catch (error) {
    if (error instanceof SyntaxError) return end(UNREADABLE, "unreadable: the expected claim: " + error.message);
    throw error;
  }
}

async function replayLog(file) {
  const replay = new verifier.ExportReplay();
  let head;
  try {
    const refuse = (why) => end(UNREADABLE, "unreadable: " + why);
    for await (const line of linesOf(file, verifier.fromUtf8, refuse)) replay.append(line);
    head = replay.finish();
  } catch (error) {
    if (error instanceof verifier.BrokenLog) end(DOES_NOT_HOLD, "does not hold: " + error.message);
    if (error.code !== undefined) end(UNREADABLE, "unreadable: " + error.message);
    throw error;
  }
  const { version, stateRoot, logRoot } = head;
  end(HOLDS, `version ${version}\nstate root ${verifier.toHex(stateRoot)}\nlog root ${verifier.toHex(logRoot)}`);
}

const { values, positionals } = readArguments();
if (values.log !== undefined && positionals.length === 0 && values.checkpoint === undefined) {
  await replayLog(values.log);
} else if (values.log === undefined && positionals.length === 1 && values.checkpoint !== undefined) {
  await verifyBundle(positionals[0], values.checkpoint, values.expect);
} else {
  end(UNREADABLE, USAGE);
}
