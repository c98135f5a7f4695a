// SPDX-License-Identifier: Apache-2.0
import { toHex, toUtf8 } from "../bytes.js";
import { canonical, fromPlain } from "../json.js";
import { sha256 } from "../sha256.js";

// What a collective's document must be, from the set of its notes alone: no order, no state before, no join. It shares
// nothing with those, not even the reading of a note, so a mistake would have to be made twice.

/** A note's canonical text and why it is void, or null. */
export interface JudgedNote {
  readonly text: string;
  readonly code: string | null;
}

type Plain = Record<string, any>;
type Candidate = readonly [value: unknown, stamp: string, writer: string];

const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

function byBytes(left: unknown, right: unknown): number {
  const [l, r] = [left, right].map((value) => toUtf8(canonical(fromPlain(value))));
  for (let i = 0; i < Math.min(l!.length, r!.length); i++) if (l![i] !== r![i]) return l![i]! - r![i]!;
  return l!.length - r!.length;
}

const greatest = (candidates: readonly Candidate[]): Candidate =>
  [...candidates].sort((a, b) => byText(a[1], b[1]) || byText(a[2], b[2]) || byBytes(a[0], b[0])).at(-1)!;

const greatestScore = (scores: readonly (readonly [number, number])[]): readonly [number, number] =>
  [...scores].sort(([a, e], [b, f]) => e - f || a - b).at(-1)!;

const sortedSet = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort(byText);

const nonEmpty = (name: string, items: readonly unknown[]): Plain => (items.length === 0 ? {} : { [name]: items });

/** The canonical text of the document. All notes of a writer from 1 on must be there, and what they need. */
export function oracleText(collective: string, judged: readonly JudgedNote[]): string {
  const notes = judged.map(({ text, code }) => ({ ...(JSON.parse(text) as Plain), code, text })) as Plain[];
  const taken = notes.filter(({ code }) => code === null);
  const operations: Plain[] = taken.flatMap(({ ops, ...note }) =>
    (ops as Plain[]).map((operation, i) => ({ ...operation, note, k: i + 1, dot: note.writer + "." + note.seq })),
  );
  const all = (op: string): Plain[] => operations.filter((operation) => operation.op === op);
  const gone = sortedSet(all("wipe").map(({ subject }) => subject as string));
  const forgotten = new Set(all("forget").map(({ id }) => id as string));
  const memories: Plain = {};
  for (const learn of all("learn")) {
    const id = learn.dot + "." + learn.k;
    if (!forgotten.has(id) && !gone.includes(learn.subject)) {
      memories[id] = memoryOf(learn, operations.filter((operation) => operation.id === id));
    }
  }
  const seen: Plain = {};
  for (const { writer, seq, text } of notes) {
    if (seq <= (seen[writer]?.[0] ?? 0)) continue;
    seen[writer] = [seq, toHex(sha256(Uint8Array.of(4), toUtf8(text))).slice(2, 34)];
  }
  const order = ["active", "retired", "forked"];
  const writers: Plain = {};
  for (const { ops, seq, writer } of notes) {
    if (seq !== 1) continue;
    const states = all("renew").filter((renew) => renew.writer === writer).map(({ state }) => order.indexOf(state));
    writers[writer] = [ops[0].author, ops[0].key, order[Math.max(0, ...states)]];
  }
  const document = {
    format: "mnemogrid-memory-1",
    gone: Object.fromEntries(gone.map((tag) => [tag, true])),
    id: collective,
    m: memories,
    seen,
    writers,
  };
  return canonical(fromPlain(document));
}

function memoryOf(learn: Plain, operations: readonly Plain[]): Plain {
  const { stamp, writer } = learn.note;
  const on = (...ops: readonly string[]): Plain[] => operations.filter(({ op }) => ops.includes(op));
  const register = (name: string, first: unknown): Candidate =>
    greatest([
      [first, stamp, writer],
      ...on("write").filter(({ field }) => field === name)
        .map((write): Candidate => [write.value, write.note.stamp, write.note.writer]),
    ]);
  const score = (name: string): readonly [number, number] =>
    greatestScore([
      [learn[name], 0],
      ...on("score").filter(({ field }) => field === name).map(({ value, epoch }) => [value, epoch] as const),
    ]);
  const set = (name: string): readonly string[] =>
    sortedSet([...(learn[name] ?? []), ...on("add").filter(({ set }) => set === name).map(({ element }) => element)]);
  const tags: (readonly string[])[] = [];
  const puts: Plain[] = [...(learn.tags ?? []).map((tag: string) => ({ tag, dot: learn.dot })), ...on("tag")];
  for (const tag of sortedSet(puts.map(({ tag }) => tag))) {
    const over = new Set(on("tag", "untag").filter((other) => other.tag === tag).flatMap((other) => other.over));
    const put = sortedSet(puts.filter((other) => other.tag === tag).map(({ dot }) => dot));
    const dots = put.filter((dot) => !over.has(dot));
    if (dots.length > 0) tags.push([tag, ...dots]);
  }
  const uses = sortedSet(on("use").map(({ note }) => note.writer))
    .map((user) => [user, Math.max(...on("use").filter(({ note }) => note.writer === user).map(({ total }) => total))]);
  const vectors = on("vector").map(({ note, model, dimensions, text_hash, data }): Candidate =>
    [[model, dimensions, text_hash, data], note.stamp, note.writer]);
  return {
    text: [
      learn.type,
      learn.subject ?? "",
      learn.source ?? "",
      learn.created ?? stamp,
      register("content", learn.content),
      register("memory_type", learn.memory_type),
      register("ref", learn.ref ?? null),
    ],
    marks: [score("importance"), score("confidence"), tags],
    ...nonEmpty("evidence", set("evidence")),
    ...nonEmpty("related", set("related")),
    ...nonEmpty("parents", set("parents")),
    ...nonEmpty("uses", uses),
    ...(vectors.length === 0 ? {} : { vector: greatest(vectors) }),
  };
}
