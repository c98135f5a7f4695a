// SPDX-License-Identifier: Apache-2.0
// Plays collective.json: what a hub answers, records and refuses, the documents, roots and joins, all byte for byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "../dist/index.js";
import * as m from "../dist/memory/index.js";
import { readVectors } from "./vectors.mjs";

const vectors = readVectors("collective.json");
const textOf = (plain) => v.canonical(v.fromPlain(plain));
const hex = (hash) => v.toHex(hash);

const rulesOf = ({ roles, encrypt }) => ({ rolesOf: (author) => new Set(roles[author]), encrypt });

/** Plays one push; answers whether it was taken. */
function play(log, step, rules, where) {
  const answer = step.verdicts === undefined ? log.push(step.push, step.clock, rules) : log.relay(step.push, step.verdicts, step.clock);
  if (step.refused !== undefined) {
    assert.equal(textOf(answer.refused ?? null), textOf(step.refused), where);
    return false;
  }
  assert.equal(answer.refused, undefined, where);
  assert.equal(textOf(answer.answer), textOf(step.answer), where);
  assert.equal(answer.record, step.record === null ? null : textOf(step.record), where);
  assert.equal(hex(log.root), step.root, where);
  if (step.document !== undefined) assert.equal(m.documentText(log.state), step.document, where);
  return true;
}

const refused = new Set();
let steps = 0;
for (const [i, schedule] of [vectors.corners, ...vectors.schedules].entries()) {
  test("plays the pushes of schedule " + i, () => {
    const { space, collective, create, policy } = schedule;
    const log = new m.CollectiveLog({ space, collective, author: "operator", clock: create.clock, policy });
    assert.equal(log.firstRecord, textOf(create.record));
    const replay = new v.LogReplay();
    replay.append(log.firstRecord);
    for (const [j, step] of schedule.steps.entries()) {
      const isTaken = play(log, step, rulesOf(schedule), "step " + j + ": " + step.what);
      if (isTaken && step.record !== null) replay.append(textOf(step.record));
      if (!isTaken) refused.add(step.refused.code);
      steps++;
    }
    assert.equal(m.documentText(log.state), schedule.document);
    assert.equal(hex(log.logRoot), schedule.logRoot);
    assert.equal(hex(replay.head.logRoot), schedule.logRoot, "who reads the log alone comes to the same root");
    assert.equal(hex(replay.head.stateRoot), hex(log.root));
    if (schedule.relays === undefined) return;
    const { elsewhere } = schedule;
    const other = new m.CollectiveLog({
      space: elsewhere.space,
      collective,
      author: elsewhere.create.author,
      clock: Date.parse(elsewhere.create.committed),
      policy: elsewhere.create.policy,
    });
    assert.equal(other.firstRecord, textOf(elsewhere.create));
    for (const [j, step] of schedule.relays.entries()) play(other, step, null, "relay " + j);
    assert.equal(hex(other.logRoot), elsewhere.logRoot);
    assert.equal(hex(other.root), hex(log.root), "two hubs, one root");
  });
}

test("has played steps of every kind", () => {
  assert.equal(steps, vectors.corners.steps.length + vectors.schedules.reduce((sum, { steps }) => sum + steps.length, 0));
  assert.ok(steps > 250, String(steps));
  assert.deepEqual([...refused].sort(), ["bad-signature", "clear-text", "forbidden", "fork", "gap", "protocol", "unknown-writer", "version-ahead"]);
});

test("joins states, forks too, from either side", () => {
  const joins = [vectors.corners, ...vectors.schedules].flatMap((schedule) => schedule.joins);
  for (const { left, right, result, root } of [...joins, ...vectors.forkJoins]) {
    for (const [one, other] of [[left, right], [right, left]]) {
      const joined = m.join(m.parseState(one), m.parseState(other));
      assert.equal(m.documentText(joined), result);
      assert.equal(hex(m.rootOf(joined)), root);
      assert.equal(m.documentText(m.join(joined, m.parseState(one))), result);
    }
  }
  assert.equal(joins.length + vectors.forkJoins.length, 35);
});

test("judges notes by themselves", () => {
  for (const { text, hash, code } of vectors.verdicts) {
    const note = m.readNote(text, JSON.parse(text).collective);
    assert.equal(note.hash, hash, text.slice(0, 300));
    assert.equal(note.code, code, text.slice(0, 300));
    assert.equal(m.readNote(v.toUtf8(text), note.collective).hash, hash);
  }
  assert.equal(vectors.verdicts.length, 56);
});

test("refuses what is no note of the collective", () => {
  const { collective, refused } = vectors.envelopes;
  for (const text of refused) assert.equal(m.readNote(text, collective), null, text);
  assert.equal(refused.length, 32);
});

test("counts stamps, names writers and signs as the vectors do", () => {
  for (const [stamp, next] of vectors.ticks) assert.equal(m.tick(stamp), next);
  assert.equal(vectors.ticks.length, 3);
  for (const { seed, key, id, signature, signed } of vectors.keys) {
    const bytes = v.fromHex(seed, 32);
    const hash = v.fromHex(signed, 49).subarray(17);
    assert.equal(v.toBase64Url(v.publicKeyOf(bytes)), key);
    assert.equal(m.writerId(v.publicKeyOf(bytes)), id);
    assert.equal(hex(m.signedNote(hash)), signed);
    assert.equal(m.signNote(bytes, hash), signature);
    assert.ok(m.noteSignatureHolds(key, signature, hash));
    assert.ok(!m.noteSignatureHolds(key, signature, v.sha256()));
    assert.ok(!m.noteSignatureHolds(key, signature + "=", hash));
  }
  assert.equal(vectors.keys.length, 4);
});
