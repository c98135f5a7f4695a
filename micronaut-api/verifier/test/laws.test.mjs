// SPDX-License-Identifier: Apache-2.0
// The laws of the collective memory under random schedules; and joins that are known to be wrong, each of which must be caught.
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyNote, dotOf, hasSeen, join, tick } from "../dist/memory/index.js";
import { LawBroken, playLaws } from "../dist/memory/laws.js";

const SEEDS = 200;

test("all schedules hold the laws", () => {
  const sums = { writers: 0, notes: 0, voids: 0, waited: 0, joins: 0, compared: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    for (const [name, count] of Object.entries(playLaws(seed))) sums[name] += count;
  }
  assert.ok(sums.notes > 10 * SEEDS && sums.voids > SEEDS && sums.waited > SEEDS && sums.compared > 5 * SEEDS, JSON.stringify(sums));
});

/** A join whose memories, where both sides have them, are made by `make`. */
const joinOf = (make) => (left, right) => {
  const joined = join(left, right);
  const memories = [...joined.memories].map(([id, memory]) => {
    const [l, r] = [left.memories.get(id), right.memories.get(id)];
    return [id, l === undefined || r === undefined ? memory : make(memory, l, r)];
  });
  return { ...joined, memories: new Map(memories) };
};

const unionOfTags = joinOf((memory, left, right) => {
  const dots = new Map();
  for (const [tag, ...more] of [...left.marks[2], ...right.marks[2]]) dots.set(tag, new Set([...(dots.get(tag) ?? []), ...more]));
  const tags = [...dots].map(([tag, set]) => [tag, ...[...set].sort()]).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...memory, marks: [memory.marks[0], memory.marks[1], tags] };
});

const tieTakesIncoming = joinOf((memory, left, right) => {
  const text = memory.text.map((value, i) => (i < 4 ? value : right.text[i][1] >= left.text[i][1] ? right.text[i] : left.text[i]));
  return { ...memory, text };
});

const countsUp = joinOf((memory) => ({ ...memory, text: memory.text.map((value, i) => (i === 3 ? tick(value) : value)) }));

const sumOf = ({ uses = [] }) => uses.reduce((sum, [, total]) => sum + total, 0);
const countByMax = joinOf(({ uses, ...memory }, left, right) => {
  const kept = sumOf(left) >= sumOf(right) ? left : right;
  return kept.uses === undefined ? memory : { ...memory, uses: kept.uses };
});

const absentIsNeverSeen = (left, right) => {
  const joined = join(left, right);
  const memories = new Map([...left.memories, ...right.memories, ...joined.memories]);
  for (const [id, { text }] of memories) if (joined.gone.has(text[1])) memories.delete(id);
  return { ...joined, memories };
};

const addsNoDots = joinOf((memory, left, right) => {
  const both = memory.marks[2].filter(([tag]) => [left, right].every(({ marks }) => marks[2].some(([name]) => name === tag)));
  return { ...memory, marks: [memory.marks[0], memory.marks[1], both] };
});

const overIsIgnored = (state, note, code) => {
  const operations = note.operations?.map((operation) => ("over" in operation && operation.op === "tag" ? { ...operation, over: [] } : operation));
  return applyNote(state, { ...note, operations }, code);
};

const voidIsApplied = (state, note) => {
  const canBe = note.needs.every(({ writer, seq }) => hasSeen(state, writer, seq));
  return applyNote(state, note, canBe ? null : "forbidden");
};

const twins = {
  "union of tags": { applyNote, join: unionOfTags },
  "a tie takes what comes in": { applyNote, join: tieTakesIncoming },
  "a version that counts up": { applyNote, join: countsUp },
  "count by max": { applyNote, join: countByMax },
  "absent means never seen": { applyNote, join: absentIsNeverSeen },
  "a tag of one side is dropped": { applyNote, join: addsNoDots },
  "a tag does not replace dots": { applyNote: overIsIgnored, join },
  "void notes take effect": { applyNote: voidIsApplied, join },
};

for (const [name, twin] of Object.entries(twins)) {
  test("a wrong twin is caught: " + name, () => {
    assert.throws(() => {
      for (let seed = 1; seed <= SEEDS; seed++) playLaws(seed, twin);
    }, LawBroken);
  });
}

test("dots are read in one spelling", () => {
  const writer = "a".repeat(16);
  assert.deepEqual(dotOf(writer + ".9007199254740991"), { writer, seq: 9007199254740991 });
  for (const text of [writer, writer + ".0", writer + ".01", writer + ".9007199254740992", writer + ".1.1", "A" + writer.slice(1) + ".1", writer + ".1\n"]) {
    assert.equal(dotOf(text), null, text);
  }
});
