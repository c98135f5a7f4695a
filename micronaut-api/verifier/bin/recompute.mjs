#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from "node:util";
import { linesOf } from "./lines.mjs";

const SAME = 0;
const UNREADABLE = 2;
const DIFFERS = 7;

const USAGE = `usage: recompute.mjs --checkpoints checkpoints.jsonl export.jsonl…
Computes every checkpoint again from the exported logs of all spaces and compares it with what the chain says.
checkpoints.jsonl has a line for each number from 1 on, what the chain says and the manifest that was handed out:
  {"author":"0x…","hash":"0x…","manifest":"canonical text","number":1,"pointer":"ipfs://b…"}
exit: 0 all the same, 7 the first that differs is named, 2 unreadable`;

/** Says why and ends. */
function end(code, text) {
  (code === SAME ? console.log : console.error)(text);
  process.exit(code);
}

const verifier = await import("../dist/index.js").catch((error) => {
  if (error.code === "ERR_MODULE_NOT_FOUND") end(UNREADABLE, "not built yet: npm ci --ignore-scripts && npm run build");
  throw error;
});

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: { checkpoints: { type: "string" } } });
  } catch (error) {
    return end(UNREADABLE, error.message + "\n" + USAGE);
  }
}

const lines = (file) => linesOf(file, verifier.fromUtf8, (why) => end(UNREADABLE, "unreadable: " + why));

const { values, positionals } = readArguments();
if (values.checkpoints === undefined || positionals.length === 0) end(UNREADABLE, USAGE);
try {
  const anchored = [];
  for await (const line of lines(values.checkpoints)) anchored.push(verifier.readAnchored(line));
  const recomputation = new verifier.Recomputation(anchored);
  for (const file of positionals) await recomputation.play(file, lines(file));
  const { checkpoints, spaces, records } = recomputation.finish();
  if (checkpoints === 0) end(UNREADABLE, "unreadable: no checkpoint in " + values.checkpoints);
  end(SAME, `${checkpoints} checkpoints recomputed from ${records} records of ${spaces} spaces, each equal to the chain's`);
} catch (error) {
  if (error instanceof verifier.Difference) end(DIFFERS, "differs: " + error.message);
  if (error instanceof verifier.JsonError || error.code !== undefined) end(UNREADABLE, "unreadable: " + error.message);
  throw error;
}
