// SPDX-License-Identifier: Apache-2.0
import { canonical } from "../json.js";
import { compareUtf8, dotText } from "./ids.js";
import type { Note } from "./note.js";
import { missingOf } from "./note.js";
import type { Learn, Operation } from "./operation.js";
import {
  SETS,
  WRITER_STATES,
  type Memory,
  type Register,
  type Score,
  type State,
  type Tag,
  type Text,
  type Use,
  type Writer,
} from "./state.js";

/** What a note changes. A state and the effects of its notes share what did not change. */
export interface Effect {
  /** New values of memories by id; null for one that goes. */
  readonly memories: ReadonlyMap<string, Memory | null>;
  readonly gone: ReadonlySet<string>;
  readonly writers: ReadonlyMap<string, Writer>;
  /** Ids of other notes' memories that it names and that were not there just before it, in order. */
  readonly absent: readonly string[];
}

/** A note on its way into a state: joined, or known already, or waiting for what it names. */
export type Outcome = "joined" | "known" | "waits";

/** The greater of two registers; either of two that are equal. */
export function greater<R extends Register>(left: R, right: R): R {
  if (left[1] !== right[1]) return left[1] < right[1] ? right : left;
  if (left[2] !== right[2]) return left[2] < right[2] ? right : left;
  if (left[0] === right[0]) return left;
  return compareUtf8(canonical(left[0]), canonical(right[0])) < 0 ? right : left;
}

/** The greater of two scores: of the later epoch, and in one epoch the greater value. */
export function greaterScore(left: Score, right: Score): Score {
  return left[1] !== right[1] ? (left[1] < right[1] ? right : left) : left[0] < right[0] ? right : left;
}

export function laterState(left: Writer[2], right: Writer[2]): Writer[2] {
  return WRITER_STATES.indexOf(left) < WRITER_STATES.indexOf(right) ? right : left;
}

/** What stands for a `learn`: its memory as it is born. */
export function born({ writer, seq, stamp }: Note, learn: Learn): Memory {
  const tags = [...(learn.tags ?? [])].sort().map((tag): Tag => [tag, dotText(writer, seq)]);
  const memory: { -readonly [name in keyof Memory]: Memory[name] } = {
    text: [
      learn.type,
      learn.subject ?? "",
      learn.source ?? "",
      learn.created ?? stamp,
      [learn.content, stamp, writer],
      [learn.memory_type, stamp, writer],
      [learn.ref ?? null, stamp, writer],
    ],
    marks: [[learn.importance, 0], [learn.confidence, 0], tags],
  };
  for (const set of SETS) {
    const elements = learn[set] ?? [];
    if (elements.length > 0) memory[set] = [...elements].sort();
  }
  return memory;
}

/**
 * What a note does to a state that has seen what it names. A void note does nothing, but for the `join` of a note 1.
 * Costs as much as the note has operations, and once through all memories where it wipes a subject. Throws a
 * `RangeError` for a note that cannot be read and is said not to be void.
 */
export function effectOf(state: State, note: Note, code: string | null): Effect {
  const memories = new Map<string, Memory | null>();
  const gone = new Set<string>();
  const writers = new Map<string, Writer>();
  const absent = new Set<string>();
  const { join, writer, seq, operations } = note;
  if (join !== null && !state.writers.has(writer)) writers.set(writer, [join.author, join.key, "active"]);
  if (code !== null) return { memories, gone, writers, absent: [] };
  if (operations === null) throw new RangeError("note " + dotText(writer, seq) + " is void: " + note.code);
  const own = dotText(writer, seq) + ".";
  const isGone = (subject: string): boolean => subject !== "" && (state.gone.has(subject) || gone.has(subject));
  const standing = (id: string): Memory | null => {
    const changed = memories.get(id);
    return changed !== undefined ? changed : (state.memories.get(id) ?? null);
  };
  operations.forEach((operation, i) => {
    if (operation.op === "learn") {
      if (!isGone(operation.subject ?? "")) memories.set(own + (i + 1), born(note, operation));
    } else if (operation.op === "wipe") {
      gone.add(operation.subject);
      const isOf = (memory: Memory | null): boolean => memory !== null && memory.text[1] === operation.subject;
      for (const [id, memory] of state.memories) if (isOf(memory)) memories.set(id, null);
      for (const [id, memory] of memories) if (isOf(memory)) memories.set(id, null);
    } else if (operation.op === "renew") {
      const old = writers.get(operation.writer) ?? state.writers.get(operation.writer);
      if (old === undefined) throw new RangeError("the writer " + operation.writer + " has not joined");
      writers.set(operation.writer, [old[0], old[1], laterState(old[2], operation.state)]);
    } else if (operation.op !== "join") {
      if (!operation.id.startsWith(own) && !state.memories.has(operation.id)) absent.add(operation.id);
      const memory = standing(operation.id);
      if (memory === null) return;
      const next = operation.op === "forget" ? null : changed(memory, note, operation);
      if (next !== memory) memories.set(operation.id, next);
    }
  });
  return { memories, gone, writers, absent: [...absent].sort() };
}

type Change = Exclude<Operation, { readonly op: "join" | "learn" | "wipe" | "renew" | "forget" }>;

/** Index of each register in the text of a memory. */
export const TEXT_FIELDS = { content: 4, memory_type: 5, ref: 6 } as const;
const MARK_FIELDS = { importance: 0, confidence: 1 } as const;

/** The register that an operation writes, and its value. */
export function writtenBy(note: Note, operation: Operation): Register | null {
  if (operation.op === "write") return [operation.value, note.stamp, note.writer];
  if (operation.op !== "vector") return null;
  const { model, dimensions, text_hash, data } = operation;
  return [[model, dimensions, text_hash, data], note.stamp, note.writer];
}

function changed(memory: Memory, note: Note, operation: Change): Memory {
  const { writer, seq } = note;
  switch (operation.op) {
    case "write": {
      const index = TEXT_FIELDS[operation.field];
      const kept = greater(memory.text[index], writtenBy(note, operation)!);
      return kept === memory.text[index] ? memory : { ...memory, text: replaced<Text>(memory.text, index, kept) };
    }
    case "vector": {
      const vector = writtenBy(note, operation)!;
      return { ...memory, vector: memory.vector === undefined ? vector : greater(memory.vector, vector) };
    }
    case "score": {
      const index = MARK_FIELDS[operation.field];
      const kept = greaterScore(memory.marks[index], [operation.value, operation.epoch]);
      return { ...memory, marks: replaced<Memory["marks"]>(memory.marks, index, kept) };
    }
    case "tag":
    case "untag": {
      const standing = memory.marks[2].find(([tag]) => tag === operation.tag);
      const dots = (standing?.slice(1) ?? []).filter((dot) => !operation.over.includes(dot));
      if (operation.op === "tag") dots.push(dotText(writer, seq));
      const others = memory.marks[2].filter((tag) => tag !== standing);
      return { ...memory, marks: replaced<Memory["marks"]>(memory.marks, 2, withTag(others, operation.tag, dots)) };
    }
    case "add": {
      const set = memory[operation.set] ?? [];
      return set.includes(operation.element)
        ? memory
        : { ...memory, [operation.set]: [...set, operation.element].sort() };
    }
    case "use": {
      const uses = new Map(memory.uses ?? []);
      if (operation.total <= (uses.get(writer) ?? 0)) return memory;
      return { ...memory, uses: sortedByName<Use>([...uses.set(writer, operation.total)]) };
    }
  }
}

/** The tags with one more; it is left out where no dot holds it. */
export function withTag(others: readonly Tag[], tag: string, dots: readonly string[]): readonly Tag[] {
  const [first, ...rest] = [...dots].sort();
  return first === undefined ? others : sortedByName<Tag>([...others, [tag, first, ...rest]]);
}

/** In the order of UTF-16 code units of the first text of each. */
export function sortedByName<T extends readonly [string, ...unknown[]]>(items: T[]): readonly T[] {
  return items.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
}

function replaced<T extends readonly unknown[]>(tuple: T, index: number, value: T[number]): T {
  const copy = [...tuple];
  copy[index] = value;
  return copy as unknown as T;
}

/** Whether a note joins a state now. One that is void needs nothing but the note before it. */
export function outcomeOf(state: State, note: Note, code: string | null): Outcome {
  const [seq, digits] = state.seen.get(note.writer) ?? [0, "0".repeat(32)];
  if (note.seq <= seq) return "known";
  if (note.seq > seq + 1 || note.previous.slice(2, 34) !== digits) return "waits";
  return code === null && missingOf(state, note).length > 0 ? "waits" : "joined";
}

/** Tables of a state that a `Replica` changes in place. */
export interface Tables extends State {
  readonly gone: Set<string>;
  readonly memories: Map<string, Memory>;
  readonly seen: Map<string, readonly [number, string]>;
  readonly writers: Map<string, Writer>;
}

export function tablesOf({ id, gone, memories, seen, writers }: State): Tables {
  return { id, gone: new Set(gone), memories: new Map(memories), seen: new Map(seen), writers: new Map(writers) };
}

/** Joins a note whose effect is known. Costs as much as the effect. */
export function put(tables: Tables, writer: string, seq: number, hash: string, effect: Effect): void {
  tables.seen.set(writer, [seq, hash.slice(2, 34)]);
  for (const [id, memory] of effect.memories) {
    if (memory === null) tables.memories.delete(id);
    else tables.memories.set(id, memory);
  }
  for (const subject of effect.gone) tables.gone.add(subject);
  for (const [name, leaf] of effect.writers) tables.writers.set(name, leaf);
}

/**
 * The state with a note more, joined with its verdict: `code` is null, or why the note is void. A note that is known
 * changes nothing. Throws a `RangeError` for a note that waits: the one before it, or what it names, is not seen.
 *
 * Pure; copies the tables of the state, so who joins many notes uses a `Replica`.
 */
export function applyNote(state: State, note: Note, code: string | null): State {
  const tables = tablesOf(state);
  const outcome = applyTo(tables, note, code);
  if (outcome === "waits") throw new RangeError("note " + dotText(note.writer, note.seq) + " waits for others");
  return outcome === "known" ? state : tables;
}

/** As `applyNote`, in place; answers what became of the note, which has changed nothing where it waits. */
export function applyTo(tables: Tables, note: Note, code: string | null): Outcome {
  if (note.collective !== tables.id) throw new RangeError("a note of another collective: " + note.collective);
  const outcome = outcomeOf(tables, note, code);
  if (outcome === "joined") put(tables, note.writer, note.seq, note.hash, effectOf(tables, note, code));
  return outcome;
}
