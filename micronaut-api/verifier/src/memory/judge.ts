// SPDX-License-Identifier: Apache-2.0
import { canonical } from "../json.js";
import type { Effect } from "./apply.js";
import { birthOf, dotText, millisOf, utf8Length } from "./ids.js";
import type { Note } from "./note.js";
import { isSealed, MAX_ELEMENTS, MAX_TAGS, type Operation } from "./operation.js";
import { hasSeen, LEAVES, SETS, type Memory, type State } from "./state.js";

/** What an author may do besides reading. */
export type Role = "writer" | "eraser" | "curator";

/** Which values of memories have to be sealed. */
export type Encrypt = "none" | "subjects" | "all";

/** What the log that takes a note first judges by. */
export interface Rules {
  readonly rolesOf: (author: string) => ReadonlySet<Role>;
  readonly encrypt: Encrypt;
  /** Whether a detector of this log finds a secret in a note. */
  readonly hasSecret?: (note: Note) => boolean;
}

/** Why a log makes a note void that is not void by itself. */
export type LogCode = "orphan" | "forbidden" | "clock-ahead" | "set-full" | "clear-text" | "secret";

/** How far ahead of the log's clock a stamp may be. */
export const MAX_AHEAD_MILLIS = 5_000;

const MAX_LEAF_BYTES = 262_144;

/** Whether a note needs what no log will ever see: a number of a forked writer beyond the one that stands. */
export function isOrphan(state: State, note: Note): boolean {
  return note.needs.some(
    ({ writer, seq }) => !hasSeen(state, writer, seq) && state.writers.get(writer)?.[2] === "forked",
  );
}

/**
 * The verdict of a log on a note that is not void by itself and whose needs are seen; null where it is taken.
 *
 * @param effect what it would do to the state
 * @param committed milliseconds of the version that it becomes part of
 */
export function verdictOf(
  state: State, note: Note, effect: Effect, author: string, committed: number, rules: Rules,
): LogCode | null {
  const roles = rules.rolesOf(author);
  const operations = note.operations ?? [];
  if (operations.some((operation) => isForbidden(state, operation, author, roles))) return "forbidden";
  if (millisOf(note.stamp) > committed + MAX_AHEAD_MILLIS) return "clock-ahead";
  if (isFull(state, effect)) return "set-full";
  if (operations.some((operation) => isClear(state, note, operation, rules.encrypt))) return "clear-text";
  return rules.hasSecret?.(note) === true ? "secret" : null;
}

function isForbidden(state: State, operation: Operation, author: string, roles: ReadonlySet<Role>): boolean {
  switch (operation.op) {
    case "forget":
    case "wipe":
      return !roles.has("eraser");
    case "score": {
      const marks = state.memories.get(operation.id)?.marks;
      const standing = marks?.[operation.field === "importance" ? 0 : 1][1] ?? 0;
      return operation.epoch > standing && (!roles.has("curator") || operation.epoch !== standing + 1);
    }
    case "renew":
      return state.writers.get(operation.writer)?.[0] !== author;
    default:
      return false;
  }
}

/** Whether a set or a leaf gets larger than its limit; one that a relay made larger may stay or shrink. */
function isFull(state: State, effect: Effect): boolean {
  for (const [id, after] of effect.memories) {
    const before = state.memories.get(id);
    if (after !== null && (hasFullSet(before, after) || hasFullLeaf(before, after))) return true;
  }
  return false;
}

function hasFullSet(before: Memory | undefined, after: Memory): boolean {
  const grows = (sizeOf: (memory: Memory) => number, limit: number): boolean =>
    sizeOf(after) > limit && sizeOf(after) > (before === undefined ? 0 : sizeOf(before));
  if (grows((memory) => memory.marks[2].length, MAX_TAGS)) return true;
  return SETS.some((set) => grows((memory) => memory[set]?.length ?? 0, MAX_ELEMENTS));
}

function hasFullLeaf(before: Memory | undefined, after: Memory): boolean {
  return LEAVES.some((name) => {
    const leaf = after[name];
    if (leaf === undefined || leaf === before?.[name]) return false;
    const bytes = utf8Length(canonical(leaf));
    const standing = before?.[name];
    return bytes > MAX_LEAF_BYTES && (standing === undefined || bytes > utf8Length(canonical(standing)));
  });
}

function isClear(state: State, note: Note, operation: Operation, encrypt: Encrypt): boolean {
  if (encrypt === "none") return false;
  if (operation.op === "learn") {
    return (encrypt === "all" || operation.subject !== undefined) && !isSealed(operation.content);
  }
  const isContent = operation.op === "write" && operation.field === "content";
  if (!isContent && operation.op !== "vector") return false;
  if (isSealed(operation.op === "vector" ? operation.data : operation.value)) return false;
  const subject = subjectOf(state, note, operation.id);
  return subject !== null && (encrypt === "all" || subject !== "");
}

/** Subject of a memory that stands just before the note or that it makes: `""` for none, null for no memory. */
function subjectOf(state: State, note: Note, id: string): string | null {
  const birth = birthOf(id)!;
  if (dotText(birth.writer, birth.seq) !== dotText(note.writer, note.seq)) {
    return state.memories.get(id)?.text[1] ?? null;
  }
  const learn = note.operations![Number(id.slice(id.lastIndexOf(".") + 1)) - 1];
  const subject = learn?.op === "learn" ? (learn.subject ?? "") : null;
  return subject !== null && state.gone.has(subject) ? null : subject;
}
