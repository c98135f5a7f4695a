// SPDX-License-Identifier: Apache-2.0
import { fromUtf8, toHex, toUtf8, type Hash } from "../bytes.js";
import { KEY_BYTES, SIGNATURE_BYTES, signEd25519, verifyEd25519 } from "../ed25519.js";
import { canonical, isArray, isObject, type Json, type JsonObject } from "../json.js";
import { sha256 } from "../sha256.js";
import { fromBase64Url, toBase64Url } from "../signature.js";
import { compareUtf8, dotText, STAMP, WRITER, type Dot } from "./ids.js";
import { needsOf, readJoin, readOperations, type Join, type Operation, type PureCode } from "./operation.js";
import { hasSeen, type State } from "./state.js";

/** Greatest size of a note's canonical text; a larger one is void. */
export const MAX_NOTE_BYTES = 131_072;
/** `previous` of note 1. */
export const NO_NOTE = "0x" + "0".repeat(64);

const MAX_DEPTH = 32;
const MEMBERS = ["collective", "note", "ops", "previous", "seq", "stamp", "writer"];
const HASH = /^0x[0-9a-f]{64}$/;
const PREFIX = Uint8Array.of(4);
const SIGNED = toUtf8("mnemogrid-note-1\0");
const SIGNED_JOIN = toUtf8("mnemogrid-join-1\0");

/** One numbered step of a writer, read from its canonical text. */
export interface Note {
  readonly text: string;
  /** `0x` and 64 hex digits: SHA-256(0x04 ‖ text). */
  readonly hash: string;
  readonly collective: string;
  readonly writer: string;
  readonly seq: number;
  readonly stamp: string;
  /** Hash of the writer's note before. */
  readonly previous: string;
  /** What begins note 1; null in all others. */
  readonly join: Join | null;
  /** Why the note is void whoever judges it, or null. */
  readonly code: PureCode | null;
  /** Its operations in order, the `join` too; null where a fault lets none be read. */
  readonly operations: readonly Operation[] | null;
  /** The dots of other writers' notes that must be seen before it can be joined, unless it is void. */
  readonly needs: readonly Dot[];
}

/**
 * Reads a note. Null where it has no envelope, so that no number could be taken: no canonical text, other members than
 * the seven, one of another form, a note 1 without a `join`. Whether the note is void stands in `code`.
 *
 * @param collective id of the collective that it must be a note of
 */
export function readNote(text: string | Uint8Array, collective: string): Note | null {
  const spelled = typeof text === "string" ? text : fromUtf8(text);
  const envelope = spelled === null ? null : readCanonical(spelled);
  if (spelled === null || envelope === null || envelope.size !== MEMBERS.length) return null;
  const [id, note, ops, previous, seq, stamp, writer] = MEMBERS.map((name) => envelope.get(name));
  if (id !== collective || note !== 1 || !isArray(ops ?? null)) return null;
  if (!isOf(previous, HASH) || !isOf(stamp, STAMP) || !isOf(writer, WRITER)) return null;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) return null;
  const values = ops as readonly Json[];
  const join = seq === 1 ? readJoin(values[0] ?? null) : null;
  if (seq === 1 && join === null) return null;
  const bytes = toUtf8(spelled);
  const place = { writer, seq, stamp };
  const read =
    bytes.length > MAX_NOTE_BYTES
      ? { code: "too-large" as const, operations: null }
      : readOperations(values, place, join);
  return {
    text: spelled,
    hash: toHex(sha256(PREFIX, bytes)),
    collective,
    ...place,
    previous,
    join,
    ...read,
    needs: read.operations === null ? [] : needsOf(read.operations, place),
  };
}

const isOf = (value: Json | undefined, pattern: RegExp): value is string =>
  typeof value === "string" && pattern.test(value);

/**
 * The object that a canonical text spells, or null. The platform's parser reads it: whatever it takes too easily (a
 * name twice, another spelling of a number) is another text than the canonical one of what was read.
 */
function readCanonical(text: string): JsonObject | null {
  try {
    const plain = JSON.parse(text) as unknown;
    const value = convert(plain, MAX_DEPTH);
    if (value === undefined || !isObject(value)) return null;
    // The platform writes the names in its own order; where that is the text's, `isInOrder` tells the rest, faster.
    const isSame = JSON.stringify(plain) === text && !ESCAPED_SURROGATE.test(text) && isInOrder(value);
    return isSame || canonical(value) === text ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return null; // no JSON; a lone surrogate
    throw error;
  }
}

const ESCAPED_SURROGATE = /\\ud/;

/** Whether all names are in the order of UTF-16 code units, as RFC 8785 wants them. */
function isInOrder(value: Json): boolean {
  if (isArray(value)) return value.every(isInOrder);
  if (!isObject(value)) return true;
  let before: string | null = null;
  for (const [name, member] of value) {
    if ((before !== null && before >= name) || !isInOrder(member)) return false;
    before = name;
  }
  return true;
}

/** A parsed value with maps for objects; undefined where it nests deeper than `depth`. */
function convert(plain: unknown, depth: number): Json | undefined {
  if (plain === null || typeof plain !== "object") return plain as Json;
  if (depth === 0) return undefined;
  if (Array.isArray(plain)) {
    const items: Json[] = [];
    for (const item of plain) {
      const value = convert(item, depth - 1);
      if (value === undefined) return undefined;
      items.push(value);
    }
    return items;
  }
  const members = new Map<string, Json>();
  for (const name of Object.keys(plain)) {
    const value = convert((plain as Record<string, unknown>)[name], depth - 1);
    if (value === undefined) return undefined;
    members.set(name, value);
  }
  return members;
}

/** The canonical text of a note. `ops` are plain objects with the members of §2.5; nothing of them is checked. */
export function noteText(members: {
  readonly collective: string;
  readonly ops: readonly Json[];
  readonly previous: string;
  readonly seq: number;
  readonly stamp: string;
  readonly writer: string;
}): string {
  return canonical(new Map<string, Json>([...Object.entries(members), ["note", 1]]));
}

/** The dots that a state must see before a note that is not void can be joined to it, as texts in order. */
export function missingOf(state: State, note: Note): readonly string[] {
  const missing = note.needs.filter(({ writer, seq }) => !hasSeen(state, writer, seq));
  return [...new Set(missing.map(({ writer, seq }) => dotText(writer, seq)))].sort(compareUtf8);
}

/** What a writer signs: its last note, and so all before it. */
export function signedNote(hash: Hash): Uint8Array {
  return concat(SIGNED, hash);
}

/** The signature of a note, in base64url, by a private key of 32 bytes. */
export function signNote(seed: Uint8Array, hash: Hash): string {
  return toBase64Url(signEd25519(seed, signedNote(hash)));
}

/** Whether a writer's key, in base64url, signed a note. False for another spelling of either too. */
export function noteSignatureHolds(key: string, signature: string, hash: Hash): boolean {
  return holds(key, signature, signedNote(hash));
}

/** Whether the author's own key signed that a writer's key is of that author. */
export function authorSignatureHolds(authorKey: string, join: Join, collective: string): boolean {
  if (join.author_signature === undefined) return false;
  const message = concat(SIGNED_JOIN, toUtf8(collective), fromBase64Url(join.key, KEY_BYTES, "a key"));
  return holds(authorKey, join.author_signature, message);
}

function holds(key: string, signature: string, message: Uint8Array): boolean {
  try {
    const point = fromBase64Url(key, KEY_BYTES, "a key");
    return verifyEd25519(point, message, fromBase64Url(signature, SIGNATURE_BYTES, "a signature"));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
