// SPDX-License-Identifier: Apache-2.0
import { KEY_BYTES, SIGNATURE_BYTES } from "../ed25519.js";
import { isArray, isObject, type Json, type JsonObject } from "../json.js";
import { AUTHOR } from "../record.js";
import { fromBase64Url } from "../signature.js";
import { birthOf, dotOf, dotText, STAMP, SUBJECT, utf8Length, WRITER, type Dot } from "./ids.js";
import { SETS, WRITER_STATES, type SetName, type WriterState } from "./state.js";

// The operations of a note, and what makes a note void whichever hub looks at it. The checks of one operation stand in
// the order in which they give their code: its form first, then its sizes.

/** Begins note 1: who the writer is. */
export interface Join {
  readonly op: "join";
  readonly author: string;
  /** Base64url of 32 bytes. */
  readonly key: string;
  /** Of the author's own key, base64url of 64 bytes; without it the author is claimed. */
  readonly author_signature?: string;
}

/** Makes a memory; its id is `<writer>.<seq>.<k>`, k the place of this operation in its note, from 1. */
export interface Learn {
  readonly op: "learn";
  readonly type: "memory" | "bead" | "metadata";
  /** A text or a sealed value. */
  readonly content: Json;
  readonly memory_type: string;
  readonly importance: number;
  readonly confidence: number;
  readonly subject?: string;
  readonly source?: string;
  readonly tags?: readonly string[];
  readonly evidence?: readonly string[];
  readonly related?: readonly string[];
  readonly parents?: readonly string[];
  readonly ref?: string;
  readonly created?: string;
}

export interface Write {
  readonly op: "write";
  readonly id: string;
  readonly field: "content" | "memory_type" | "ref";
  readonly value: Json;
}

export interface Vector {
  readonly op: "vector";
  readonly id: string;
  readonly model: string;
  readonly dimensions: number;
  readonly text_hash: string;
  readonly data: Json;
}

export interface ScoreOperation {
  readonly op: "score";
  readonly id: string;
  readonly field: "importance" | "confidence";
  readonly value: number;
  readonly epoch: number;
}

/** `tag` puts the note's dot in place of those in `over`; `untag` only takes those away. */
export interface TagOperation {
  readonly op: "tag" | "untag";
  readonly id: string;
  readonly tag: string;
  readonly over: readonly string[];
}

export interface Add {
  readonly op: "add";
  readonly id: string;
  readonly set: SetName;
  readonly element: string;
}

/** How often the writer used a memory, all in all. */
export interface UseOperation {
  readonly op: "use";
  readonly id: string;
  readonly total: number;
}

export interface Forget {
  readonly op: "forget";
  readonly id: string;
  readonly reason: string;
}

export interface Wipe {
  readonly op: "wipe";
  readonly subject: string;
  readonly reason: string;
}

/** Says that another writer of the same author is given up, or was copied. */
export interface Renew {
  readonly op: "renew";
  readonly writer: string;
  readonly last: number;
  readonly state: Exclude<WriterState, "active">;
}

export type Operation =
  | Join | Learn | Write | Vector | ScoreOperation | TagOperation | Add | UseOperation | Forget | Wipe | Renew;

/** Why a note is void whoever judges it. */
export type PureCode = "schema" | "too-large" | "set-full";

/**
 * The operations of a note and its code, null where it is not void by itself. A note that is void for a tag outside
 * Unicode's normal form C alone has operations too: versions of Unicode differ, and the log that took it decides.
 */
export type ReadOperations =
  | { readonly code: null; readonly operations: readonly Operation[] }
  | { readonly code: PureCode; readonly operations: readonly Operation[] | null };

/** The parts of a note that its operations are judged with. */
export interface Place {
  readonly writer: string;
  readonly seq: number;
  readonly stamp: string;
}

export const MAX_OPERATIONS = 256;
export const MAX_TAGS = 64;
export const MAX_ELEMENTS = 256;
const MAX_TAG_BYTES = 64;
const MAX_ELEMENT_BYTES = 200;
const MAX_CONTENT_BYTES = 65_536;
const MAX_DATA_BYTES = 10_240;
const MAX_SEALED_DATA_BYTES = 16_384;
const MIN_SEALED_BYTES = 28;
const COMMITMENT_BYTES = 32;

const MEMORY_TYPE = /^[a-z][a-z0-9_-]{0,63}$/;
const TEXT_HASH = /^0x[0-9a-f]{64}$/;
const KEY_ID = /^[A-Za-z0-9._:@-]{1,128}$/;
const BASE64URL = /^[A-Za-z0-9_-]*$/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const LAST_OF_TWO = /[AQgw]$/; // what a group of two characters may end with, so that no bit is loose
const LAST_OF_THREE = /[AEIMQUYcgkosw048]$/;

class Malformed extends Error {}

/** Whether a value is a sealed one (FORMATS §8), by its form alone. */
export function isSealed(value: Json): boolean {
  if (!isArray(value) || value.length !== 4) return false;
  const [mark, key, sealed, commitment] = value;
  return (
    mark === "~1" &&
    typeof key === "string" &&
    KEY_ID.test(key) &&
    bytesOfBase64Url(sealed!) >= MIN_SEALED_BYTES &&
    bytesOfBase64Url(commitment!) === COMMITMENT_BYTES
  );
}

/** How many bytes a value spells in unpadded base64url; -1 where it is not the one spelling of any. */
function bytesOfBase64Url(value: Json): number {
  if (typeof value !== "string" || !BASE64URL.test(value)) return -1;
  const rest = value.length % 4;
  if (rest === 1 || (rest === 2 && !LAST_OF_TWO.test(value)) || (rest === 3 && !LAST_OF_THREE.test(value))) return -1;
  return Math.floor((value.length * 3) / 4);
}

/** The `join` that begins a note 1, or null where it is not well formed. */
export function readJoin(value: Json): Join | null {
  try {
    const members = new Members(value, "join");
    const join = {
      op: "join" as const,
      author: members.matching("author", AUTHOR),
      key: members.base64Url("key", KEY_BYTES),
      ...members.optional("author_signature", (name) => members.base64Url(name, SIGNATURE_BYTES)),
    };
    members.end();
    return join;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}

/**
 * Reads the operations of a note; in note 1 the first one is its `join`, which was read before. The code is the first
 * that the operations give, one after the other, and then their places.
 */
export function readOperations(values: readonly Json[], place: Place, join: Join | null): ReadOperations {
  if (values.length > MAX_OPERATIONS) return { code: "too-large", operations: null };
  if (values.length === 0) return { code: "schema", operations: null };
  const operations: Operation[] = join === null ? [] : [join];
  let isNormal = true;
  try {
    for (const value of values.slice(operations.length)) {
      const members = new Members(value, null);
      operations.push(readOperation(members, place, operations));
      members.end();
      isNormal &&= members.isNormal;
      if (members.size !== null) return { code: isNormal ? members.size : "schema", operations: null };
    }
    checkPlaces(operations, place);
  } catch (error) {
    if (error instanceof Malformed) return { code: "schema", operations: null };
    throw error;
  }
  return isNormal ? { code: null, operations } : { code: "schema", operations };
}

function readOperation(members: Members, place: Place, before: readonly Operation[]): Operation {
  const op = members.take("op");
  const id = (): string => members.memory(place, before);
  switch (op) {
    case "learn":
      return readLearn(members, place, dotText(place.writer, place.seq) + "." + (before.length + 1));
    case "write": {
      const field = (): Write["field"] => members.oneOf("field", "content", "memory_type", "ref");
      const write = { op, id: id(), field: field() } as const;
      return { ...write, value: members.field(write.field, "value") };
    }
    case "vector":
      return {
        op,
        id: id(),
        model: members.text("model", 1, 128),
        dimensions: members.integer("dimensions", 1, 65_536),
        text_hash: members.matching("text_hash", TEXT_HASH),
        data: members.data("data"),
      };
    case "score":
      return {
        op,
        id: id(),
        field: members.oneOf("field", "importance", "confidence"),
        value: members.unit("value"),
        epoch: members.integer("epoch", 0),
      };
    case "tag":
    case "untag": {
      const owner = id();
      const tag = members.tag(members.take("tag"));
      const over = members.dots("over", place);
      if (op === "untag" && over.length === 0) throw new Malformed("untag takes nothing away");
      return { op, id: owner, tag, over };
    }
    case "add": {
      const owner = id();
      const set = members.oneOf("set", ...SETS);
      return { op, id: owner, set, element: members.element(set, members.take("element"), owner) };
    }
    case "use":
      return { op, id: id(), total: members.integer("total", 1) };
    case "forget":
      return { op, id: id(), reason: members.text("reason", 0, 200) };
    case "wipe":
      return { op, subject: members.matching("subject", SUBJECT), reason: members.text("reason", 0, 200) };
    case "renew": {
      const writer = members.matching("writer", WRITER);
      if (writer === place.writer) throw new Malformed("a writer does not renew itself");
      const [, ...states] = WRITER_STATES;
      return { op, writer, last: members.integer("last", 1), state: members.oneOf("state", ...states) };
    }
    default:
      throw new Malformed("no such operation");
  }
}

function readLearn(members: Members, place: Place, id: string): Learn {
  const elements = (set: SetName) => (name: string) =>
    members.list(name, MAX_ELEMENTS, (item) => members.element(set, item, id));
  return {
    op: "learn",
    type: members.oneOf("type", "memory", "bead", "metadata"),
    content: members.content("content"),
    memory_type: members.matching("memory_type", MEMORY_TYPE),
    importance: members.unit("importance"),
    confidence: members.unit("confidence"),
    ...members.optional("subject", (name) => members.matching(name, SUBJECT)),
    ...members.optional("source", (name) => members.text(name, 1, 128)),
    ...members.optional("tags", (name) => members.list(name, MAX_TAGS, (item) => members.tag(item))),
    ...members.optional("evidence", elements("evidence")),
    ...members.optional("related", elements("related")),
    ...members.optional("parents", elements("parents")),
    ...members.optional("ref", (name) => members.text(name, 1, 200)),
    ...members.optional("created", (name) => {
      const created = members.matching(name, STAMP);
      if (created > place.stamp) throw new Malformed("created after its note");
      return created;
    }),
  };
}

/** The members of one operation. Each is taken once; what is left at the end is unknown. Throws `Malformed`. */
class Members {
  /** The first text or set that is too large, as long as the form is right. */
  size: "too-large" | "set-full" | null = null;
  /** False once a tag was not in Unicode's normal form C. */
  isNormal = true;
  private readonly members: JsonObject;
  private taken = 0;

  constructor(value: Json, op: string | null) {
    if (!isObject(value)) throw new Malformed("no object");
    this.members = value;
    if (op !== null && this.take("op") !== op) throw new Malformed("not " + op);
  }

  /** Refuses members that were not taken. */
  end(): void {
    if (this.taken !== this.members.size) throw new Malformed("an unknown member");
  }

  take(name: string): Json {
    const value = this.members.get(name);
    if (value === undefined) throw new Malformed("no member " + name);
    this.taken++;
    return value;
  }

  optional<N extends string, V>(name: N, read: (name: N) => V): { readonly [name in N]?: V } {
    return this.members.has(name) ? ({ [name]: read(name) } as { readonly [name in N]: V }) : {};
  }

  matching(name: string, pattern: RegExp): string {
    const text = stringOf(this.take(name));
    if (!pattern.test(text)) throw new Malformed(name + " has another form");
    return text;
  }

  oneOf<T extends string>(name: string, ...texts: readonly T[]): T {
    const value = this.take(name);
    const found = texts.find((text) => text === value);
    if (found === undefined) throw new Malformed(name + " is another word");
    return found;
  }

  integer(name: string, from: number, to = Number.MAX_SAFE_INTEGER): number {
    const value = this.take(name);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < from || value > to) {
      throw new Malformed(name + " is out of range");
    }
    return value;
  }

  /** A number from 0 to 1. */
  unit(name: string): number {
    const value = this.take(name);
    if (typeof value !== "number" || value < 0 || value > 1) throw new Malformed(name + " is out of range");
    return value;
  }

  text(name: string, minBytes: number, maxBytes: number): string {
    return this.sized(stringOf(this.take(name)), minBytes, maxBytes);
  }

  base64Url(name: string, length: number): string {
    const text = stringOf(this.take(name));
    try {
      fromBase64Url(text, length, name);
    } catch (error) {
      if (error instanceof RangeError) throw new Malformed(error.message);
      throw error;
    }
    return text;
  }

  /** The member `id`. One that the note itself makes must be made earlier in it. */
  memory(place: Place, before: readonly Operation[]): string {
    const id = stringOf(this.take("id"));
    const birth = birthOf(id);
    if (birth === null) throw new Malformed("no memory's id");
    if (birth.writer !== place.writer || birth.seq < place.seq) return id;
    const isOwn = birth.seq === place.seq && before[Number(id.slice(id.lastIndexOf(".") + 1)) - 1]?.op === "learn";
    if (!isOwn) throw new Malformed("an id that is not made yet");
    return id;
  }

  dots(name: string, place: Place): readonly string[] {
    return this.list(name, Infinity, (item) => {
      const text = stringOf(item);
      const dot = dotOf(text);
      if (dot === null || (dot.writer === place.writer && dot.seq >= place.seq)) throw new Malformed("no dot");
      return text;
    });
  }

  /** An array of texts, each once. */
  list(name: string, max: number, read: (item: Json) => string): readonly string[] {
    const value = this.take(name);
    if (!isArray(value)) throw new Malformed(name + " is no array");
    if (value.length > max) this.size ??= "set-full";
    const texts = value.map(read);
    if (new Set(texts).size !== texts.length) throw new Malformed(name + " has an element twice");
    return texts;
  }

  tag(value: Json): string {
    const text = this.sized(stringOf(value), 1, MAX_TAG_BYTES);
    if (CONTROL.test(text)) throw new Malformed("a control character in a tag");
    // What is too long is not looked at: that can cost the square of its length.
    if (text.length <= MAX_TAG_BYTES && text.normalize("NFC") !== text) this.isNormal = false;
    return text;
  }

  /** @param owner the memory that has the set; related and parents never name it */
  element(set: SetName, value: Json, owner: string): string {
    const text = this.sized(stringOf(value), 1, MAX_ELEMENT_BYTES);
    if (set !== "evidence" && (birthOf(text) === null || text === owner)) throw new Malformed("no other memory's id");
    return text;
  }

  content(name: string): Json {
    const value = this.take(name);
    if (isArray(value)) return sealedOf(value);
    return this.sized(stringOf(value), 0, MAX_CONTENT_BYTES);
  }

  field(field: Write["field"], name: string): Json {
    if (field === "content") return this.content(name);
    if (field === "memory_type") return this.matching(name, MEMORY_TYPE);
    const value = this.take(name);
    return value === null ? null : this.sized(stringOf(value), 1, 200);
  }

  data(name: string): Json {
    const value = this.take(name);
    if (isArray(value)) {
      if (bytesOfBase64Url(sealedOf(value)[2]!) > MAX_SEALED_DATA_BYTES) this.size ??= "too-large";
      return value;
    }
    const text = stringOf(value);
    if (text.startsWith("cid:")) return this.sized(text, 5, 200);
    const bytes = bytesOfBase64Url(text);
    if (bytes < 1) throw new Malformed("data is no base64url, or empty");
    if (bytes > MAX_DATA_BYTES) this.size ??= "too-large";
    return text;
  }

  private sized(text: string, minBytes: number, maxBytes: number): string {
    if (text.length < minBytes) throw new Malformed("an empty text");
    // A UTF-16 code unit has at most three bytes of UTF-8.
    if (text.length * 3 > maxBytes && utf8Length(text) > maxBytes) this.size ??= "too-large";
    return text;
  }
}

function stringOf(value: Json): string {
  if (typeof value !== "string") throw new Malformed("no string");
  return value;
}

function sealedOf(value: readonly Json[]): readonly Json[] {
  if (!isSealed(value)) throw new Malformed("no sealed value");
  return value;
}

/** Refuses two operations at one place, so that those of a note commute but for a `learn` and what names it. */
function checkPlaces(operations: readonly Operation[], { writer, seq }: Place): void {
  const taken = new Set<string>();
  const take = (...place: readonly string[]): void => {
    const text = place.join("\n"); // the last part alone may hold a line break
    if (taken.has(text)) throw new Malformed("two operations at one place");
    taken.add(text);
  };
  operations.forEach((operation, i) => {
    switch (operation.op) {
      case "join":
        return;
      case "learn": {
        const id = dotText(writer, seq) + "." + (i + 1);
        for (const field of ["content", "memory_type", "ref", "importance", "confidence"]) take(id, field);
        for (const tag of operation.tags ?? []) take(id, "tag", tag);
        for (const set of SETS) for (const element of operation[set] ?? []) take(id, set, element);
        return;
      }
      case "write":
      case "score":
        return take(operation.id, operation.field);
      case "vector":
      case "use":
      case "forget":
        return take(operation.id, operation.op);
      case "tag":
      case "untag":
        return take(operation.id, "tag", operation.tag);
      case "add":
        return take(operation.id, operation.set, operation.element);
      case "wipe":
        return take("wipe", operation.subject);
      case "renew":
        return take("renew", operation.writer);
    }
  });
}

/** The dots of other notes that must be seen before an operation can be joined. */
export function needsOf(operations: readonly Operation[], place: Place): readonly Dot[] {
  const needs: Dot[] = [];
  for (const operation of operations) {
    if ("id" in operation) {
      const birth = birthOf(operation.id)!;
      if (birth.writer !== place.writer) needs.push(birth);
    }
    if ("over" in operation) {
      for (const text of operation.over) {
        const dot = dotOf(text)!;
        if (dot.writer !== place.writer) needs.push(dot);
      }
    }
    if (operation.op === "renew") needs.push({ writer: operation.writer, seq: 1 });
  }
  return needs;
}
