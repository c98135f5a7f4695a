// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "../bytes.js";
import { documentRoot } from "../document.js";
import { canonical, parseCanonical, type Json, type JsonObject } from "../json.js";
import { AUTHOR } from "../record.js";
import { Shape } from "../shape.js";
import { birthOf, COLLECTIVE, dotOf, STAMP, SUBJECT, WRITER } from "./ids.js";

/** `/format` of a collective's document. */
export const FORMAT = "mnemogrid-memory-1";

/** A value that the greatest write keeps: greatest by stamp, then writer, then bytes of the canonical value. */
export type Register<V extends Json = Json> = readonly [value: V, stamp: string, writer: string];

/** A value that only rises within its epoch. Both are numbers, the value from 0 to 1. */
export type Score = readonly [value: number, epoch: number];

/** A tag and the dots that hold it, at least one, in the order of UTF-16 code units. */
export type Tag = readonly [tag: string, dot: string, ...dots: string[]];

/** How often a writer used a memory, all in all. */
export type Use = readonly [writer: string, total: number];

/** Leaf `/m/<id>/text`; subject and source are `""` where there is none. */
export type Text = readonly [
  type: string,
  subject: string,
  source: string,
  created: string,
  content: Register,
  memoryType: Register,
  ref: Register,
];

/** Leaf `/m/<id>/marks`: importance, confidence, and the tags in the order of UTF-16 code units. */
export type Marks = readonly [importance: Score, confidence: Score, tags: readonly Tag[]];

/** One memory, leaf by leaf as its document has them. What is empty is left out, but for text and marks. */
export interface Memory {
  readonly text: Text;
  readonly marks: Marks;
  readonly evidence?: readonly string[];
  readonly related?: readonly string[];
  readonly parents?: readonly string[];
  readonly uses?: readonly Use[];
  readonly vector?: Register;
}

export const SETS = ["evidence", "related", "parents"] as const;
export type SetName = (typeof SETS)[number];

/** All leaves that a memory can have. */
export const LEAVES = ["evidence", "marks", "parents", "related", "text", "uses", "vector"] as const;

/** Newest number seen of a writer, and the first 32 hex digits of that note's hash. */
export type Seen = readonly [seq: number, hash: string];

/** States of a writer; the later one in this list wins. */
export const WRITER_STATES = ["active", "retired", "forked"] as const;
export type WriterState = (typeof WRITER_STATES)[number];

/** Leaf `/writers/<writer>`; the key is base64url. */
export type Writer = readonly [author: string, key: string, state: WriterState];

/**
 * What a collective's document says. Sets of accepted notes that are equal make equal states, documents and roots, in
 * whatever order the notes came. A state is never changed: `applyNote` and `join` make new ones.
 */
export interface State {
  /** Id of the collective, 32 hex digits. */
  readonly id: string;
  /** Tags of wiped subjects. */
  readonly gone: ReadonlySet<string>;
  readonly memories: ReadonlyMap<string, Memory>;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly writers: ReadonlyMap<string, Writer>;
}

/** The state of a collective in which nobody has written yet. Throws a `RangeError` where `id` is no collective's. */
export function emptyState(id: string): State {
  if (!COLLECTIVE.test(id)) throw new RangeError("a collective's id has 32 hex digits, lower case, got " + id);
  return { id, gone: new Set(), memories: new Map(), seen: new Map(), writers: new Map() };
}

/** Whether a state has joined the note of a dot, or counts it as void. */
export function hasSeen(state: State, writer: string, seq: number): boolean {
  const seen = state.seen.get(writer);
  return seen !== undefined && seq <= seen[0];
}

/** The document of a state, the normal form whose root is compared. */
export function documentOf(state: State): JsonObject {
  return new Map<string, Json>([
    ["format", FORMAT],
    ["gone", new Map([...state.gone].map((tag) => [tag, true]))],
    ["id", state.id],
    ["m", new Map([...state.memories].map(([id, memory]) => [id, new Map(Object.entries(memory))]))],
    ["seen", state.seen],
    ["writers", state.writers],
  ]);
}

/** The canonical text of a state's document. */
export function documentText(state: State): string {
  return canonical(documentOf(state));
}

/** The state root of a state's document. */
export function rootOf(state: State): Hash {
  return documentRoot(documentOf(state));
}

/**
 * Reads a collective's document. Throws a `JsonError` with the place where it is not in normal form: a member that is
 * missing, unknown or of another shape, an array that is not in order, a memory or a dot of a note that is not seen, a
 * memory of a wiped subject.
 */
export function readState(document: JsonObject): State {
  const at = new Shape(document).only("format", "gone", "id", "m", "seen", "writers");
  at.member("format").oneOf(FORMAT);
  const writers = tableOf(at.member("writers"), WRITER, readWriter);
  const seen = tableOf(at.member("seen"), WRITER, readSeen);
  for (const [name, shape] of at.member("seen").members()) {
    if (!writers.has(name)) throw shape.refusal("is no writer");
  }
  if (writers.size > seen.size) throw at.member("writers").refusal("has a writer of whom nothing is seen");
  const gone = tableOf(at.member("gone"), SUBJECT, (shape) => {
    if (shape.value !== true) throw shape.refusal("is not true");
    return true;
  });
  const state = { id: at.member("id").matching(COLLECTIVE), gone: new Set(gone.keys()), seen, writers };
  const memories = new Map<string, Memory>();
  for (const [id, shape] of at.member("m").members()) {
    const birth = birthOf(id);
    if (birth === null) throw shape.refusal("is no memory's id");
    const memory = readMemory(shape, seen);
    if (!isSeen(seen, birth)) throw shape.refusal("was born by a note that is not seen");
    if (gone.has(memory.text[1])) throw shape.refusal("is of a subject that was wiped");
    memories.set(id, memory);
  }
  return { ...state, memories };
}

const isSeen = (seen: ReadonlyMap<string, Seen>, { writer, seq }: { writer: string; seq: number }): boolean =>
  seq <= (seen.get(writer)?.[0] ?? 0);

function tableOf<V>(at: Shape, name: RegExp, read: (shape: Shape) => V): ReadonlyMap<string, V> {
  const table = new Map<string, V>();
  for (const [key, shape] of at.members()) {
    if (!name.test(key)) throw shape.refusal("is not of the form " + name.source);
    table.set(key, read(shape));
  }
  return table;
}

function readWriter(at: Shape): Writer {
  const [author, key, state] = itemsOf(at, 3);
  return [author!.matching(AUTHOR), key!.matching(/^[A-Za-z0-9_-]{43}$/), state!.oneOf(...WRITER_STATES)];
}

function readSeen(at: Shape): Seen {
  const [seq, hash] = itemsOf(at, 2);
  return [seq!.integer(1), hash!.matching(COLLECTIVE)];
}

function readMemory(at: Shape, seen: ReadonlyMap<string, Seen>): Memory {
  at.only(...LEAVES);
  const memory: { -readonly [name in keyof Memory]: Memory[name] } = {
    text: readText(at.member("text")),
    marks: readMarks(at.member("marks"), seen),
  };
  for (const name of SETS) {
    const set = at.optional(name);
    if (set !== null) memory[name] = inOrder(set, (item) => item.string(), (element) => element);
  }
  const uses = at.optional("uses");
  if (uses !== null) memory.uses = inOrder(uses, readUse, ([writer]) => writer);
  const vector = at.optional("vector");
  if (vector !== null) memory.vector = readRegister(vector, readVector);
  return memory;
}

function readText(at: Shape): Text {
  const [type, subject, source, created, content, memoryType, ref] = itemsOf(at, 7);
  if (subject!.value !== "") subject!.matching(SUBJECT);
  return [
    type!.oneOf("memory", "bead", "metadata"),
    subject!.string(),
    source!.string(),
    created!.matching(STAMP),
    readRegister(content!, (value) => void (Array.isArray(value.value) ? value.items() : value.string())),
    readRegister(memoryType!, (value) => void value.string()),
    readRegister(ref!, (value) => void (value.value === null || value.string())),
  ];
}

function readVector(at: Shape): void {
  const [model, dimensions, hash, data] = itemsOf(at, 4);
  model!.string();
  dimensions!.integer(1);
  hash!.hash();
  if (!Array.isArray(data!.value)) data!.string();
}

function readMarks(at: Shape, seen: ReadonlyMap<string, Seen>): Marks {
  const [importance, confidence, tags] = itemsOf(at, 3);
  if (tags!.items().length === 0) return [readScore(importance!), readScore(confidence!), []];
  const readTag = (item: Shape): Tag => {
    const [tag, ...dots] = item.items();
    if (tag === undefined || dots.length === 0) throw item.refusal("is a tag without a dot");
    const texts = dots.map((dot, i) => {
      const spelled = dotOf(dot.string());
      if (spelled === null || !isSeen(seen, spelled)) throw dot.refusal("is no dot of a note that is seen");
      if (i > 0 && !(dots[i - 1]!.string() < dot.string())) throw dot.refusal("is not in order");
      return dot.string();
    });
    return [tag.string(), texts[0]!, ...texts.slice(1)];
  };
  return [readScore(importance!), readScore(confidence!), inOrder(tags!, readTag, ([tag]) => tag)];
}

function readScore(at: Shape): Score {
  const [value, epoch] = itemsOf(at, 2);
  const number = value!.value;
  if (typeof number !== "number" || number < 0 || number > 1) throw value!.refusal("is no number from 0 to 1");
  return [number, epoch!.integer(0)];
}

function readUse(at: Shape): Use {
  const [writer, total] = itemsOf(at, 2);
  return [writer!.matching(WRITER), total!.integer(1)];
}

function readRegister(at: Shape, check: (value: Shape) => void): Register {
  const [value, stamp, writer] = itemsOf(at, 3);
  check(value!);
  return [value!.value, stamp!.matching(STAMP), writer!.matching(WRITER)];
}

function itemsOf(at: Shape, count: number): Shape[] {
  const items = at.items();
  if (items.length !== count) throw at.refusal("has not " + count + " items");
  return items;
}

function inOrder<V>(at: Shape, read: (item: Shape) => V, name: (value: V) => string): readonly V[] {
  const values = at.items().map(read);
  if (values.length === 0) throw at.refusal("is empty");
  if (values.some((value, i) => i > 0 && !(name(values[i - 1]!) < name(value)))) throw at.refusal("is not in order");
  return values;
}

/** Reads the canonical text of a collective's document, as `readState` does. */
export function parseState(text: string | Uint8Array): State {
  return readState(new Shape(parseCanonical(text)).object());
}
