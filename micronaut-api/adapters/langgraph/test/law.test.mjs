// SPDX-License-Identifier: Apache-2.0
// What InMemoryStore of LangGraph does is the law: both play the same random operations and must give the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InMemoryStore } from "@langchain/langgraph-checkpoint";
import { newStore, skip } from "./members.mjs";

const SEEDS = 3;
const BATCHES = 40;

/** Mulberry32: numbers from 0 to below 1 that a seed repeats. */
function randomOf(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function operationsOf(random) {
  const below = (n) => Math.floor(random() * n);
  const one = (list) => list[below(list.length)];
  // Mostly the same names, so that items are met again.
  const label = () => (random() < 0.6 ? "a" : one(["b", "a/b", "~", "langgraph", "*", "é 😀", "a b"]));
  const namespace = () => Array.from({ length: 1 + below(3) }, label);
  const key = () => (random() < 0.6 ? one(["k", "K"]) : one([ "", "a.b", "x/y", "~1", ":items", "value", "*", "0", "ключ", "__proto__", "toString"]));
  const scalar = () => one([0, 1, 2, 2.5, -1, "1", "red", "", true, false, null]);
  const nested = () => one([scalar(), [], [1, { a: 1 }], {}, { deep: { er: [scalar()] } }]);
  const value = () => Object.fromEntries(["n", "color", "value", "a/b", ""].filter(() => random() < 0.6).map((name) => [name, nested()]));
  const bound = () => one([scalar(), scalar(), [scalar(), scalar()], {}]);
  const term = () =>
    random() < 0.4 ? bound() : Object.fromEntries([one(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "other"]), "$ne"].slice(below(2)).map((name) => [name, bound()]));
  const filter = () => (random() < 0.5 ? undefined : Object.fromEntries([[one(["n", "color", "none", "toString"]), term()]]));
  const path = () => Array.from({ length: below(3) }, () => one([label(), "*"]));
  const conditions = () => (random() < 0.3 ? undefined : Array.from({ length: below(3) }, () => ({ matchType: one(["prefix", "suffix"]), path: path() })));
  return () => {
    const what = random();
    if (what < 0.45) return { namespace: namespace(), key: key(), value: value() };
    if (what < 0.55) return { namespace: namespace(), key: key(), value: null };
    if (what < 0.75) return { namespace: namespace(), key: key() };
    // Of several namespaces together InMemoryStore shows the items of the oldest namespace first, this store the oldest
    // items; so a page of a search is compared where there is one namespace, see `sameOrder`.
    if (what < 0.9) return { namespacePrefix: path().map((l) => (l === "*" ? "a" : l)), filter: filter(), limit: one([undefined, 1, 3, 1000]), offset: one([undefined, 0, 1]) };
    return { matchConditions: conditions(), maxDepth: one([undefined, 0, 1, 2]), limit: one([undefined, 2, 100]), offset: one([undefined, 0, 1]) };
  };
}

/** What may be compared of a result: times differ, but for which of the two of an item is the later. */
function plain(result) {
  if (!Array.isArray(result)) return result && plain([result])[0];
  return result.map((one) => (Array.isArray(one) ? one : { ...one, createdAt: "", updatedAt: "", changed: one.updatedAt > one.createdAt }));
}

const name = ({ namespace, key }) => JSON.stringify([namespace, key]);
const byName = (items) => items.toSorted((a, b) => (name(a) < name(b) ? -1 : 1));

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`both give the same for seed ${seed}`, { skip }, async () => {
    const { store } = await newStore();
    const law = new InMemoryStore();
    const random = randomOf(seed);
    const operation = operationsOf(random);
    const known = new Set();
    const seen = { items: 0, found: 0, namespaces: 0, deleted: 0 };
    for (let round = 0; round < BATCHES; round++) {
      const drawn = Array.from({ length: 1 + Math.floor(random() * 6) }, operation).filter(({ namespace, value }) => {
        // A delete makes a namespace in InMemoryStore, which has nothing; here it makes none.
        const makes = value !== undefined && namespace !== undefined;
        if (makes && value === null && !known.has(namespace.join(":"))) return false;
        if (makes) known.add(namespace.join(":"));
        return true;
      });
      // InMemoryStore gives out its own object, which a put of the same batch then changes.
      const written = new Set(drawn.filter((op) => "value" in op).map(name));
      const batch = drawn.filter((op) => !("namespace" in op) || "value" in op || !written.has(name(op)));
      const ordered = await Promise.all(
        batch.map(async ({ namespacePrefix }) => namespacePrefix && new Set((await law.search(namespacePrefix, { limit: 1e6 })).map(({ namespace }) => namespace.join(":"))).size <= 1),
      );
      const asked = batch.map((op, i) => ("namespacePrefix" in op && !ordered[i] ? { ...op, limit: 1e6, offset: 0 } : op));
      // A change in the very millisecond of the item before would look unchanged in one of the two.
      await new Promise((resolve) => setTimeout(resolve, 2));
      const wanted = (await law.batch(asked)).map(plain);
      const got = (await store.batch(asked)).map(plain);
      asked.forEach((op, i) => {
        const sameOrder = !("namespacePrefix" in op) || ordered[i];
        const where = `seed ${seed}, round ${round}, ${JSON.stringify(op)}`;
        assert.deepEqual(sameOrder ? got[i] : byName(got[i]), sameOrder ? wanted[i] : byName(wanted[i]), where);
        if ("namespacePrefix" in op) seen.found += got[i].length;
        else if ("namespace" in op) seen.items += !("value" in op) && got[i] !== null ? 1 : 0;
        else seen.namespaces += got[i].length;
        if (op.value === null) seen.deleted++;
      });
      assert.equal(got.length, asked.length);
    }
    // Else the seed compared nothing with nothing.
    for (const [what, times] of Object.entries(seen)) assert.ok(times > 0, `seed ${seed} met ${what}`);
  });
}
