#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from "node:util";

const HOLD = 0;
const UNREADABLE = 2;
const BROKEN = 7;

const USAGE = `usage: laws.mjs [--seeds 300] [--first 1]
Plays random schedules of a collective's notes, one a seed, and compares every replica with what its notes make.
exit: 0 all laws hold, 7 the first broken one is named with its seed, 2 unreadable`;

/** Says why and ends. */
function end(code, text) {
  (code === HOLD ? console.log : console.error)(text);
  process.exit(code);
}

const laws = await import("../dist/memory/laws.js").catch((error) => {
  if (error.code === "ERR_MODULE_NOT_FOUND") end(UNREADABLE, "not built yet: npm ci --ignore-scripts && npm run build");
  throw error;
});

function readArguments() {
  try {
    return parseArgs({ options: { first: { type: "string" }, seeds: { type: "string" } } }).values;
  } catch (error) {
    return end(UNREADABLE, error.message + "\n" + USAGE);
  }
}

const { seeds = "300", first = "1" } = readArguments();
if (!/^[1-9][0-9]{0,8}$/.test(seeds) || !/^[0-9]{1,9}$/.test(first)) end(UNREADABLE, USAGE);
const sums = {};
try {
  for (let i = 0; i < Number(seeds); i++) {
    for (const [name, count] of Object.entries(laws.playLaws(Number(first) + i))) sums[name] = (sums[name] ?? 0) + count;
  }
} catch (error) {
  if (error instanceof laws.LawBroken) end(BROKEN, error.message);
  throw error;
}
end(HOLD, `${seeds} schedules from seed ${first} on, all laws hold: ` + JSON.stringify(sums));
