#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from "node:util";

const READ = 0;
const UNREADABLE = 2;

const USAGE = `usage: collective.mjs [--documents] < schedules.jsonl
Joins notes and states of a collective and says the state root of each replica at the end. A line is one schedule:
  {"collective":"32 hex digits","steps":[{"replica":0,"note":"canonical text","code":null},{"replica":1,"join":0},…]}
A note comes with its verdict: null, or the code that makes it void. A step joins the note to its replica when it is the
next of its writer and what it names is seen; else it is counted under "waited" and ignored. {"replica":1,"join":0} joins
the state of replica 0 into replica 1. Replicas are numbered from 0 without a gap; each begins with the empty document.
Notes that come to several replicas may stand once, in "notes":[["canonical text",null],…]; {"replica":1,"note":0} names
the first of them.
For each line comes one line:
  {"roots":["0x…",…],"waited":n}, with --documents also "documents":["canonical text",…]
  {"error":"step 3: …"} for a schedule that cannot be played
exit: 0 all lines played, 2 a line could not be`;

/** Says why and ends. */
function end(text) {
  console.error(text);
  process.exit(UNREADABLE);
}

const [{ toHex }, memory] = await Promise.all([import("../dist/index.js"), import("../dist/memory/index.js")]).catch((error) => {
  if (error.code === "ERR_MODULE_NOT_FOUND") end("not built yet: npm ci --ignore-scripts && npm run build");
  throw error;
});

function readArguments() {
  try {
    return parseArgs({ options: { documents: { type: "boolean" } } }).values;
  } catch (error) {
    return end(error.message + "\n" + USAGE);
  }
}

const { documents: showsDocuments } = readArguments();

/** A whole schedule; throws a RangeError with the step at fault. */
function play(schedule) {
  const { collective, steps, notes: named = [] } = schedule ?? {};
  if (!Array.isArray(named)) throw new RangeError('"notes" is no array');
  if (typeof collective !== "string" || !Array.isArray(steps)) throw new RangeError('no schedule: "collective" and "steps" are wanted');
  const empty = memory.emptyState(collective);
  const replicas = [];
  const notes = new Map();
  let waited = 0;
  for (const [i, step] of steps.entries()) {
    const refuse = (why) => {
      throw new RangeError("step " + i + ": " + why);
    };
    const replica = (number) => {
      if (!Number.isInteger(number) || number < 0 || number > steps.length) refuse("no replica " + number);
      while (replicas.length <= number) replicas.push(new memory.Replica(empty));
      return replicas[number];
    };
    const target = replica(step?.replica);
    if (step.join !== undefined) {
      target.join(replica(step.join).state);
      continue;
    }
    const [text, code] = typeof step.note === "number" ? (named[step.note] ?? []) : [step.note, step.code];
    if (typeof text !== "string" || code === undefined) refuse('has neither "join" nor "note" and "code"');
    let note = notes.get(text);
    if (note === undefined) {
      note = memory.readNote(text, collective) ?? refuse("no note of this collective");
      notes.set(text, note);
    }
    if (code === null && note.operations === null) refuse("the note is void by itself: " + note.code);
    if (target.apply(note, code) !== "joined") waited++;
  }
  return answerOf(replicas.map(({ state }) => state), waited);
}

function answerOf(states, waited) {
  const documents = states.map(memory.documentText);
  const roots = new Map();
  for (const [i, document] of documents.entries()) {
    if (!roots.has(document)) roots.set(document, toHex(memory.rootOf(states[i])));
  }
  const answer = { roots: documents.map((document) => roots.get(document)), waited };
  return showsDocuments ? { ...answer, documents } : answer;
}

let status = READ;
function answer(line) {
  try {
    return play(JSON.parse(line));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    status = UNREADABLE;
    return { error: error.message };
  }
}

/** The lines of standard input. node:readline would also break lines at U+2028, which canonical JSON holds as it is. */
async function* lines() {
  let rest = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) {
    const [first, ...others] = chunk.split("\n");
    rest += first;
    for (const other of others) {
      yield rest;
      rest = other;
    }
  }
  if (rest !== "") yield rest;
}

for await (const line of lines()) {
  if (!process.stdout.write(JSON.stringify(answer(line)) + "\n")) {
    await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
}
process.exitCode = status;
