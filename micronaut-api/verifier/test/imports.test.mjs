// SPDX-License-Identifier: Apache-2.0
// The files of the verifier form no circle: each can be read with nothing but those that it imports.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { test } from "node:test";

const SOURCES = new URL("../src/", import.meta.url);

/** For each file of `src` and its folders those that it names, types included. */
function importsOf(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".ts"));
  return new Map(
    files.map((name) => {
      const named = readFileSync(new URL(name, folder), "utf8").matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g);
      return [name, [...named].map(([, imported]) => join(dirname(name), imported) + ".ts")];
    }),
  );
}

/** The first circle that is found, from a file back to itself; null where there is none. */
function circle(imports) {
  const done = new Set();
  const walk = (name, way) => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return null;
    for (const next of imports.get(name) ?? []) {
      const found = walk(next, [...way, name]);
      if (found !== null) return found;
    }
    done.add(name);
    return null;
  };
  for (const name of imports.keys()) {
    const found = walk(name, []);
    if (found !== null) return found;
  }
  return null;
}

test("no file imports itself by way of others", () => {
  const imports = importsOf(SOURCES);
  for (const name of [...imports.values()].flat()) assert.ok(imports.has(name), name);
  assert.ok(imports.get("fact.ts").includes("json.ts"), "imports are seen at all");
  assert.equal(circle(imports), null);
});

test("who verifies needs nothing of the client, and nothing needs a platform's modules", () => {
  const imports = importsOf(SOURCES);
  const isOfClient = (name) => name.startsWith("client/");
  assert.ok(imports.get("client/space.ts").includes("json.ts"), "imports of folders are seen at all");
  for (const [name, imported] of imports) {
    if (!isOfClient(name)) assert.deepEqual(imported.filter(isOfClient), [], name);
    const text = readFileSync(new URL(name, SOURCES), "utf8");
    assert.doesNotMatch(text, /\bfrom\s+"[\w@][\w:@/-]*";/, name);
  }
});

test("a circle is found, and what is imported on two ways is none", () => {
  const graph = (edges) => new Map(Object.entries(edges));
  assert.deepEqual(circle(graph({ a: ["b"], b: ["c"], c: ["b"] })), ["b", "c", "b"]);
  assert.deepEqual(circle(graph({ a: ["a"] })), ["a", "a"]);
  assert.deepEqual(circle(graph({ a: ["b", "c"], b: ["c"], c: [] })), null);
});
