// SPDX-License-Identifier: Apache-2.0
// Plays collective.json: what a hub answers, records and refuses, the documents, roots and joins, all byte for byte.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as v from "../dist/index.js";
import * as m from "../dist/memory/index.js";
import { readVectors } from "./vectors.mjs";

const vectors = readVectors("collective.json");
const command = fileURLToPath(new URL("../bin/collective.mjs", import.meta.url));
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

/** The records of a schedule, each with its notes. */
function recordsOf({ create, steps }) {
  const records = [[textOf(create.record), {}]];
  for (const { record, push } of steps) {
    if (record === undefined || record === null) continue;
    const { from } = record.notes;
    records.push([textOf(record), { notes: push.notes.filter((note) => JSON.parse(note).seq >= from) }]);
  }
  return records;
}

test("plays a history again from its records and notes, and no other one", () => {
  const [schedule] = vectors.schedules;
  const records = recordsOf(schedule);
  const replay = new m.CollectiveReplay();
  for (const [line, source] of records) replay.append(line, source);
  assert.equal(m.documentText(replay.state), schedule.document);
  assert.equal(hex(replay.logRoot), schedule.logRoot);
  assert.equal(replay.version, records.length);

  const [, [line, source]] = records;
  const after = (spoiled, from = source) => () => {
    const again = new m.CollectiveReplay();
    again.append(records[0][0]);
    again.append(spoiled, from);
  };
  const spoil = (change) => {
    const record = JSON.parse(line);
    change(record);
    return after(textOf(record));
  };
  assert.doesNotThrow(after(line));
  const spoiled = [
    after(line, {}),
    after(line, { notes: source.notes.slice(1) }),
    after(line, { notes: [...source.notes].reverse() }),
    after(line, { notes: source.notes.map((note) => note.replace("episodic", "semantic")) }),
    after(line + " "),
    after("{}"),
    spoil((record) => (record.author = "mallory")),
    spoil((record) => (record.base = 2)),
    spoil((record) => (record.root = v.toHex(v.sha256()))),
    spoil((record) => record.changes.added.pop()),
    spoil((record) => record.notes.void.pop()),
    spoil((record) => (record.notes.signature = null)),
    spoil((record) => (record.notes.signature = v.toBase64Url(new Uint8Array(64)))),
    spoil((record) => (record.notes.writer = "a".repeat(16))),
    spoil((record) => (record.type = "rollback")),
    spoil((record) => (record.update_id += "0")),
    spoil((record) => (record.more = true)),
  ];
  for (const [i, append] of spoiled.entries()) assert.throws(append, v.BrokenLog, String(i));
});

test("joins a state with a record of its own, and knows the notes in it by the last", () => {
  const [{ steps, ...schedule }] = vectors.schedules;
  const creation = { space: "third", collective: schedule.collective, author: "operator", clock: 0, policy: 0 };
  const log = new m.CollectiveLog(creation);
  const record = log.joinState(m.parseState(schedule.document), "operator", 1);
  assert.equal(m.documentText(log.state), schedule.document);
  const replay = new m.CollectiveReplay();
  replay.append(log.firstRecord);
  assert.throws(() => replay.append(record), v.BrokenLog);
  const other = new m.CollectiveReplay();
  other.append(log.firstRecord);
  other.append(record, { document: schedule.document });
  assert.equal(hex(other.logRoot), hex(log.logRoot));
  const said = JSON.parse(record);
  assert.equal(said.type, "join");
  assert.equal(said.update_id, "join." + said.root.slice(2, 34));

  // All notes of one writer, from the first to the last that the state has seen, with the signature over that one.
  const taken = steps.filter((step) => step.answer !== undefined);
  const { notes: { writer } } = taken[0].record;
  const pushes = taken.filter(({ record }) => record?.notes.writer === writer).map(({ push }) => push);
  const texts = [...new Set(pushes.flatMap(({ notes }) => notes))];
  const { signature } = pushes.at(-1);
  const rules = rulesOf(schedule);
  const answer = log.push({ base: 0, notes: texts, signature }, 2, rules);
  assert.equal(answer.answer?.known, true, JSON.stringify(answer));
  assert.deepEqual(answer.answer.results[0], { outcome: "known", seq: 1, version: 2 });
  const short = log.push(pushes[0], 2, rules);
  assert.deepEqual(short.refused, { code: "gap", have: texts.length });
});

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

// A hub of its own, and two writers, for what no vector has.
const seeds = [1, 2].map((byte) => new Uint8Array(32).fill(byte));
const collective = "cd".repeat(16);
const everything = { rolesOf: () => new Set(["writer", "eraser", "curator"]), encrypt: "none" };
const clock = 1764000000000;
const newLog = () => new m.CollectiveLog({ space: "own", collective, author: "operator", clock, policy: 0 });

/** A store: each call makes the next push of one note with these operations. */
function store(seed, previous = m.NO_NOTE, seq = 0) {
  const writer = m.writerId(v.publicKeyOf(seed));
  const key = v.toBase64Url(v.publicKeyOf(seed));
  return {
    writer,
    key,
    copy: () => store(seed, previous, seq),
    push(...ops) {
      const text = m.noteText({ collective, ops: ops.map(v.fromPlain), previous, seq: ++seq, stamp: m.stampOf(clock), writer });
      previous = m.readNote(text, collective)?.hash ?? previous;
      return { base: 0, notes: [text], signature: m.signNote(seed, v.parseHash(previous)) };
    },
  };
}

const learn = { op: "learn", type: "memory", content: "c", memory_type: "episodic", importance: 0.5, confidence: 0.5 };

test("an author's own signature is checked where the author's keys are known", () => {
  const [ann] = seeds.map((seed) => store(seed));
  const authorSeed = new Uint8Array(32).fill(9);
  const message = Buffer.concat([Buffer.from("mnemogrid-join-1\0" + collective), v.publicKeyOf(seeds[0])]);
  const author_signature = v.toBase64Url(v.signEd25519(authorSeed, message));
  const push = ann.push({ op: "join", author: "ann", key: ann.key, author_signature }, learn);
  const keys = (...list) => ({ ...everything, authorKeys: () => list });
  const own = v.toBase64Url(v.publicKeyOf(authorSeed));
  assert.deepEqual(newLog().push(push, clock, keys()).refused, { code: "bad-signature" });
  assert.deepEqual(newLog().push(push, clock, keys(ann.key)).refused, { code: "bad-signature" });
  assert.equal(newLog().push(push, clock, keys(ann.key, own)).answer.seen, 1);
});

test("what needs a note of a fork that nobody has is void, and of others waits", () => {
  const log = newLog();
  const [ann, bob] = seeds.map((seed) => store(seed));
  const taken = (push) => log.push(push, clock, everything);
  taken(ann.push({ op: "join", author: "ann", key: ann.key }, learn));
  taken(bob.push({ op: "join", author: "ann", key: bob.key }));
  const waits = bob.copy().push({ op: "use", id: ann.writer + ".2.1", total: 1 });
  assert.deepEqual(taken(waits).refused, { code: "gap", have: 1, need: ann.writer + ".2" });
  taken(bob.push({ op: "renew", writer: ann.writer, last: 1, state: "forked" }));
  const [result] = taken(bob.push({ op: "use", id: ann.writer + ".2.1", total: 1 })).answer.results;
  assert.deepEqual(result, { outcome: "void", seq: 3, code: "orphan" });
});

test("the grid's own notes have no signature in the log, and nobody else's", () => {
  for (const [author, holds] of [["grid", true], ["ann", false]]) {
    const log = newLog();
    const replay = new m.CollectiveReplay();
    replay.append(log.firstRecord);
    const grid = store(seeds[0]);
    const push = grid.push({ op: "join", author, key: grid.key }, learn);
    const unsigned = { author: "client-7", request: "0x" + "0".repeat(64), update_id: "key-of-the-client" };
    const decided = { verdicts: [], clock, policy: 0, writer: grid.writer, unsigned };
    const { record } = log.replay({ ...push, signature: "" }, decided);
    assert.equal(JSON.parse(record).notes.signature, null);
    const append = () => replay.append(record, { notes: push.notes });
    if (holds) append();
    else assert.throws(append, v.BrokenLog);
  }
});

test("a set that is full by a relay may shrink, and a leaf is full by its bytes", () => {
  const log = newLog();
  const ann = store(seeds[0]);
  const id = ann.writer + ".1.2";
  const elements = (from, count) => Array.from({ length: count }, (_, i) => "e" + (from + i));
  const add = (from, count) => elements(from, count).map((element) => ({ op: "add", id, set: "evidence", element }));
  const outcome = ({ answer }) => answer.results.at(-1).code ?? answer.results.at(-1).outcome;
  log.push(ann.push({ op: "join", author: "ann", key: ann.key }, { ...learn, evidence: elements(0, 200) }), clock, everything);
  assert.equal(outcome(log.push(ann.push(...add(200, 57)), clock, everything)), "set-full");
  assert.equal(outcome(log.push(ann.push(...add(200, 56)), clock, everything)), "applied");
  assert.equal(outcome(log.push(ann.push(...add(0, 3)), clock, everything)), "applied", "elements that stand");
  assert.equal(outcome(log.push(ann.push(...add(300, 1)), clock, everything)), "set-full");
});

test("a state is read in its normal form alone", () => {
  const { document } = vectors.corners;
  assert.equal(m.documentText(m.parseState(vectors.schedules[0].document)), vectors.schedules[0].document);
  const [{ left }] = vectors.corners.joins;
  const spoil = (change) => {
    const plain = JSON.parse(left);
    change(plain, Object.values(plain.m)[0]);
    return textOf(plain);
  };
  assert.equal(m.documentText(m.parseState(spoil(() => {}))), left);
  const spoiled = [
    (plain) => delete plain.gone,
    (plain) => (plain.format = "mnemogrid-memory-2"),
    (plain) => (plain.more = 1),
    (plain) => (plain.m["x"] = {}),
    (plain) => (plain.seen = {}),
    (plain) => (plain.writers = {}),
    (plain) => (plain.writers["z".repeat(16)] = Object.values(plain.writers)[0]),
    (plain) => Object.values(plain.seen)[0].pop(),
    (plain, memory) => delete memory.marks,
    (plain, memory) => (memory.evidence = []),
    (plain, memory) => (memory.evidence = ["b", "a"]),
    (plain, memory) => (memory.uses = [[Object.keys(plain.writers)[0], 0]]),
    (plain, memory) => (memory.text[4][1] = "now"),
    (plain, memory) => (memory.marks[0][0] = 2),
    (plain, memory) => (memory.marks[2] = [["tag"]]),
    (plain, memory) => {
      memory.text[1] = "0".repeat(32);
      plain.gone[memory.text[1]] = true;
    },
  ];
  for (const change of spoiled) assert.throws(() => m.parseState(spoil(change)), v.JsonError, String(change));
  assert.throws(() => m.join(m.parseState(document), m.emptyState(collective)), RangeError);
});

function run(lines, ...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { encoding: "utf8", input: lines.join("\n") + "\n" });
  return { status, stderr, answers: stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line)) };
}

test("the command joins notes and states line by line", () => {
  const lines = vectors.schedules.map(({ collective, steps }) => {
    const inOrder = steps.flatMap(({ record, push }) =>
      record === undefined || record === null
        ? []
        : push.notes.filter((note) => JSON.parse(note).seq >= record.notes.from).map((note) => {
            const { seq } = JSON.parse(note);
            return { note, code: record.notes.void.find((other) => other.seq === seq)?.code ?? null };
          }),
    );
    const half = inOrder.length >> 1;
    const all = [
      ...inOrder.map((step) => ({ replica: 0, ...step })),
      ...inOrder.slice(0, half).map((step) => ({ replica: 1, ...step })),
      { replica: 2, join: 1 },
      { replica: 2, ...inOrder[0] },
      ...inOrder.slice(half).map((step) => ({ replica: 2, ...step })),
      { replica: 1, join: 2 },
    ];
    return JSON.stringify({ collective, steps: all });
  });
  const { status, answers, stderr } = run(lines, "--documents");
  assert.equal(status, 0, stderr);
  assert.equal(answers.length, vectors.schedules.length);
  for (const [i, { roots, documents, waited }] of answers.entries()) {
    const { document, steps } = vectors.schedules[i];
    const { root } = steps.filter((step) => step.root !== undefined).at(-1);
    assert.deepEqual(roots, [root, root, root], "schedule " + i);
    assert.deepEqual(documents, [document, document, document]);
    assert.equal(waited, 1, "the note that came twice");
  }
});

test("the command says which step cannot be played, and goes on", () => {
  const collective = "ab".repeat(16);
  const [{ text }] = vectors.verdicts; // void by itself
  const schedule = (...steps) => JSON.stringify({ collective, steps });
  const { status, answers } = run([
    "{",
    "null",
    JSON.stringify({ collective: "x", steps: [] }),
    schedule({ replica: 0 }),
    schedule({ replica: 0, join: 0 }, { replica: 0, note: "{}", code: null }),
    schedule({ replica: -1, note: text, code: null }),
    schedule({ replica: 0, note: text, code: null }),
    schedule({ replica: 0, note: text, code: "schema" }),
  ]);
  assert.equal(status, 2);
  assert.deepEqual(answers.map(({ error }) => error?.replace(/:.*/, "")).slice(3), ["step 0", "step 1", "step 0", "step 0", undefined]);
  assert.ok(answers.slice(0, 3).every(({ error }) => typeof error === "string"));
  assert.equal(answers.at(-1).waited, 1, "note 2 waits for note 1");
  assert.equal(answers.at(-1).roots[0], hex(m.rootOf(m.emptyState(collective))));
});
