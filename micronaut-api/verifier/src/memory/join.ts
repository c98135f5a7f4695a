// SPDX-License-Identifier: Apache-2.0
import { canonical, type Json } from "../json.js";
import {
  applyTo,
  greater,
  greaterScore,
  laterState,
  sortedByName,
  tablesOf,
  withTag,
  type Outcome,
  type Tables,
} from "./apply.js";
import { birthOf, dotOf, type Dot } from "./ids.js";
import type { Note } from "./note.js";
import {
  hasSeen,
  SETS,
  type Marks,
  type Memory,
  type Score,
  type Seen,
  type State,
  type Tag,
  type Text,
  type Use,
  type Writer,
} from "./state.js";

/**
 * The least state above two: commutative, associative, idempotent, and both are absorbed. What only one side has stays
 * unless the other has seen the note that made it, because then it was forgotten there. Throws a `RangeError` for
 * states of two collectives.
 *
 * Where a writer has two notes of one number (a copied store), the state of that writer is `forked` and associativity
 * is not promised: which memories of the fork stay may depend on the way.
 */
export function join(left: State, right: State): State {
  return joinTables(left, right);
}

function joinTables(left: State, right: State): Tables {
  if (left.id !== right.id) throw new RangeError("states of two collectives: " + left.id + " and " + right.id);
  const gone = new Set([...left.gone, ...right.gone]);
  const writers = new Map<string, Writer>(left.writers);
  for (const [name, writer] of right.writers) {
    const other = writers.get(name);
    writers.set(name, other === undefined ? writer : joinWriters(other, writer));
  }
  const seen = new Map<string, Seen>(left.seen);
  for (const [name, entry] of right.seen) {
    const other = seen.get(name);
    if (other === undefined || isLater(entry, other)) seen.set(name, entry);
    if (other !== undefined && other[0] === entry[0] && other[1] !== entry[1]) {
      const writer = writers.get(name);
      if (writer !== undefined) writers.set(name, [writer[0], writer[1], "forked"]);
    }
  }
  const memories = new Map<string, Memory>();
  const keep = (id: string, memory: Memory): void => {
    if (!gone.has(memory.text[1])) memories.set(id, memory);
  };
  for (const [id, memory] of left.memories) {
    const other = right.memories.get(id);
    if (other !== undefined) keep(id, joinMemories(memory, other, left, right));
    else if (!covers(right, birthOf(id)!)) keep(id, memory);
  }
  for (const [id, memory] of right.memories) {
    if (!left.memories.has(id) && !covers(left, birthOf(id)!)) keep(id, memory);
  }
  return { id: left.id, gone, memories, seen, writers };
}

const covers = (state: State, { writer, seq }: Dot): boolean => hasSeen(state, writer, seq);

/** Greater number, then lesser hash. */
const isLater = ([seq, hash]: Seen, [otherSeq, otherHash]: Seen): boolean =>
  seq !== otherSeq ? seq > otherSeq : hash < otherHash;

function joinWriters(left: Writer, right: Writer): Writer {
  const [author, key] = lesser<readonly [string, string]>([left[0], left[1]], [right[0], right[1]]);
  return [author, key, laterState(left[2], right[2])];
}

/** The one with the lesser canonical text: what never differs but by a fork. */
function lesser<V extends Json>(left: V, right: V): V {
  return canonical(right) < canonical(left) ? right : left;
}

function joinMemories(left: Memory, right: Memory, leftState: State, rightState: State): Memory {
  if (left === right) return left;
  const memory: { -readonly [name in keyof Memory]: Memory[name] } = {
    text: joinTexts(left.text, right.text),
    marks: joinMarks(left.marks, right.marks, leftState, rightState),
  };
  for (const set of SETS) {
    const elements = new Set([...(left[set] ?? []), ...(right[set] ?? [])]);
    if (elements.size > 0) memory[set] = [...elements].sort();
  }
  const uses = new Map(left.uses ?? []);
  for (const [writer, total] of right.uses ?? []) uses.set(writer, Math.max(total, uses.get(writer) ?? 0));
  if (uses.size > 0) memory.uses = sortedByName<Use>([...uses]);
  const vectors = [left.vector, right.vector].filter((vector) => vector !== undefined);
  if (vectors.length > 0) memory.vector = vectors.reduce(greater);
  return memory;
}

function joinTexts(left: Text, right: Text): Text {
  type Fixed = readonly [string, string, string, string];
  const fixedOf = ([type, subject, source, created]: Text): Fixed => [type, subject, source, created];
  const [ours, theirs] = [fixedOf(left), fixedOf(right)];
  const fixed = ours.every((text, i) => text === theirs[i]) ? ours : lesser(ours, theirs);
  return [...fixed, greater(left[4], right[4]), greater(left[5], right[5]), greater(left[6], right[6])];
}

function joinMarks(left: Marks, right: Marks, leftState: State, rightState: State): Marks {
  let tags: readonly Tag[] = [];
  if (left[2].length === 0 && right[2].length === 0) return [...joinScores(left, right), tags];
  for (const tag of new Set([...left[2], ...right[2]].map(([name]) => name))) {
    const [ours, theirs] = [left, right].map((marks) => marks[2].find(([name]) => name === tag)?.slice(1) ?? []);
    const dots = [
      ...ours!.filter((dot) => theirs!.includes(dot) || !covers(rightState, dotOf(dot)!)),
      ...theirs!.filter((dot) => !ours!.includes(dot) && !covers(leftState, dotOf(dot)!)),
    ];
    tags = withTag(tags, tag, dots);
  }
  return [...joinScores(left, right), tags];
}

const joinScores = (left: Marks, right: Marks): readonly [Score, Score] => [
  greaterScore(left[0], right[0]),
  greaterScore(left[1], right[1]),
];

/**
 * A state that changes in place, for who joins many notes: a note costs as much as it has operations. Its own methods
 * are the only ones that change it.
 */
export class Replica {
  private tables: Tables;

  constructor(state: State) {
    this.tables = tablesOf(state);
  }

  /** What stands now. It changes with the next call; `tablesOf` or `join` copy it. */
  get state(): State {
    return this.tables;
  }

  /** Joins a note with its verdict, as `applyNote` does; one that waits or is known changes nothing. */
  apply(note: Note, code: string | null): Outcome {
    return applyTo(this.tables, note, code);
  }

  /** Joins another state. */
  join(other: State): void {
    this.tables = joinTables(this.tables, other);
  }
}
