#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";

const USAGE = `usage: scenario.mjs URL[,URL…] scenario.json
Plays the steps of the file in a new space of these members, with the key of MNEMOGRID_KEY where there is one.
exit: 0 all as expected, 7 the first step that differs is named, 2 unreadable`;

/** Says why and ends. */
function end(code, text) {
  console.error(text);
  process.exit(code);
}

const [urls, file, ...rest] = process.argv.slice(2);
if (urls === undefined || file === undefined || rest.length > 0) end(2, USAGE);

const client = await import("../dist/client/index.js").catch((error) => {
  if (error.code === "ERR_MODULE_NOT_FOUND") end(2, "not built yet: npm ci --ignore-scripts && npm run build");
  throw error;
});

let scenario;
try {
  scenario = JSON.parse(await readFile(file, "utf8"));
} catch (error) {
  end(2, "unreadable: " + error.message);
}
try {
  await client.playScenario(urls.split(","), scenario, console.log);
} catch (error) {
  if (error instanceof client.Difference) end(7, "differs: " + error.message);
  if (error instanceof RangeError || error instanceof client.MnemogridError) end(2, error.message);
  throw error;
}
