// SPDX-License-Identifier: Apache-2.0
import { fromUtf8, hasLoneSurrogate } from "./bytes.js";
import { child, MAX_DEPTH } from "./pointer.js";

/** A JSON value. Objects are maps, so no member name (`__proto__`, `1`) means anything to the language. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/** A text that FORMATS §1 refuses. */
export class JsonError extends Error {
  /** @param pointer JSON Pointer of the offender in the text that was read */
  constructor(
    readonly pointer: string,
    readonly detail: string,
  ) {
    super((pointer === "" ? "at the root" : "at " + pointer) + ": " + detail);
    this.name = "JsonError";
  }
}

/** Nesting of a bundle or a record: that of a value, and room for what stands around it. */
const MAX_DEPTH_OF_TEXTS = 64;

export function isObject(value: Json): value is JsonObject {
  return value instanceof Map;
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

const INDEX = /^(?:0|[1-9][0-9]*)$/;

/** What the reference tokens of a pointer lead to in `value` (RFC 6901 §4), or undefined where there is nothing. */
export function lookUp(value: Json, tokens: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const token of tokens) {
    if (at === undefined) return undefined;
    if (isArray(at)) at = INDEX.test(token) ? at[Number(token)] : undefined;
    else at = isObject(at) ? at.get(token) : undefined;
  }
  return at;
}

/** Reads a document as it comes from a client, with all refusals of FORMATS §1 but the size of a leaf. */
export function parseDocument(input: string | Uint8Array): JsonObject {
  const value = parseJson(input, MAX_DEPTH);
  if (!isObject(value)) throw new JsonError("", "the root of a document is an object");
  return value;
}

/** Reads one JSON text with the refusals of FORMATS §1, containers at most `maxDepth` deep. */
export function parseJson(input: string | Uint8Array, maxDepth = MAX_DEPTH_OF_TEXTS): Json {
  return new Parser(textOf(input), maxDepth).read();
}

/** Reads a text that must be its own canonical form. */
export function parseCanonical(input: string | Uint8Array, maxDepth = MAX_DEPTH_OF_TEXTS): Json {
  const text = textOf(input);
  const value = new Parser(text, maxDepth).read();
  if (canonical(value) !== text) throw new JsonError("", "the text is not its own canonical form (RFC 8785)");
  return value;
}

/** The canonical text (RFC 8785). */
export function canonical(value: Json): string {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError("JSON has no " + value);
    return String(value); // minus zero is "0"; ECMAScript's form is the one RFC 8785 §3.2.2.3 asks for
  }
  if (typeof value === "string") return quoted(value);
  if (isArray(value)) {
    if (isNative(value)) {
      const text = JSON.stringify(value);
      if (!ESCAPED_SURROGATE.test(text)) return text;
    }
    let items = "";
    for (let i = 0; i < value.length; i++) items += (i > 0 ? "," : "") + canonical(value[i]!);
    return "[" + items + "]";
  }
  if (value instanceof Map) {
    // The default order of sort() is that of UTF-16 code units, which RFC 8785 §3.2.3 asks for.
    const names = [...value.keys()].sort();
    return "{" + names.map((name) => quoted(name) + ":" + canonical(value.get(name)!)).join(",") + "}";
  }
  return String(value);
}

/** Whether the platform writes a value as `canonical` does, strings with lone surrogates aside; it is faster at it. */
function isNative(value: Json): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return isArray(value) ? value.every(isNative) : !(value instanceof Map);
}

/** How the platform writes a lone surrogate. */
const ESCAPED_SURROGATE = /\\ud/;

/** The value as plain objects and arrays, for readers that want no maps. */
export function toPlain(value: Json): unknown {
  return JSON.parse(canonical(value)) as unknown;
}

/** The value that plain objects and arrays make; throws a `TypeError` for what JSON cannot say. */
export function fromPlain(plain: unknown): Json {
  if (plain === null || typeof plain === "boolean" || typeof plain === "number" || typeof plain === "string") {
    return plain;
  }
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain !== "object") throw new TypeError("JSON has no " + typeof plain);
  return new Map(Object.entries(plain).map(([name, value]) => [name, fromPlain(value)]));
}

function quoted(text: string): string {
  const escaped = JSON.stringify(text); // what RFC 8785 §3.2.2.2 escapes, and besides it lone surrogates
  if (ESCAPED_SURROGATE.test(escaped) && hasLoneSurrogate(text)) {
    throw new RangeError("a string holds no lone surrogates (RFC 7493 §2.1)");
  }
  return escaped;
}

function textOf(input: string | Uint8Array): string {
  if (typeof input === "string") return input;
  const text = fromUtf8(input);
  if (text === null) throw new JsonError("", "the text is not UTF-8");
  return text;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const SPACE = /[ \t\n\r]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t",
};

/** One reading of one text. */
class Parser {
  private at = 0;
  private pointer = "";
  private depth = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  read(): Json {
    if (this.text.startsWith("\uFEFF")) throw this.offence("a byte order mark is no JSON");
    const value = this.value();
    this.skip(SPACE);
    if (this.at < this.text.length) throw this.offence("something follows the JSON text");
    return value;
  }

  private value(): Json {
    this.skip(SPACE);
    switch (this.text[this.at]) {
      case "{":
        return this.nested(() => this.object());
      case "[":
        return this.nested(() => this.array());
      case '"':
        return this.string();
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "n":
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > this.maxDepth) throw this.offence("more than " + this.maxDepth + " levels of nesting");
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private object(): JsonObject {
    const above = this.pointer;
    const members = new Map<string, Json>();
    if (this.take("}")) return members;
    do {
      this.skip(SPACE);
      if (this.text[this.at] !== '"') throw this.offence("no JSON at character " + this.at);
      const name = this.string();
      this.pointer = child(above, name);
      if (members.has(name)) throw this.offence("a duplicate key");
      if (!this.take(":")) throw this.offence("no JSON at character " + this.at);
      members.set(name, this.value());
      this.pointer = above;
    } while (this.take(","));
    if (!this.take("}")) throw this.offence("no JSON at character " + this.at);
    return members;
  }

  private array(): readonly Json[] {
    const above = this.pointer;
    const items: Json[] = [];
    if (this.take("]")) return items;
    do {
      this.pointer = child(above, String(items.length));
      items.push(this.value());
      this.pointer = above;
    } while (this.take(","));
    if (!this.take("]")) throw this.offence("no JSON at character " + this.at);
    return items;
  }

  private string(): string {
    this.at++;
    let value = "";
    for (;;) {
      value += this.skip(PLAIN);
      const c = this.text[this.at++];
      if (c === '"') break;
      if (c !== "\\") throw this.offence("no JSON at character " + (this.at - 1));
      value += this.escape();
    }
    if (hasLoneSurrogate(value)) throw this.offence("a lone surrogate");
    return value;
  }

  private escape(): string {
    const c = this.text[this.at++] ?? "";
    if (c === "u") {
      const hex = this.text.slice(this.at, this.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw this.offence("no JSON at character " + this.at);
      this.at += 4;
      return String.fromCharCode(parseInt(hex, 16));
    }
    if (!Object.hasOwn(ESCAPES, c)) throw this.offence("no JSON at character " + (this.at - 1));
    return ESCAPES[c]!;
  }

  private number(): number {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) {
      throw this.offence(this.at < this.text.length ? "no JSON at character " + this.at : "the text ends too early");
    }
    const literal = match[0];
    this.at += literal.length;
    const value = Number(literal);
    if (!Number.isFinite(value)) throw this.offence("a number that overflows a double");
    const digits = literal.replace(/[eE].*$/, "").replace(/[-.]/g, "").replace(/^0+/, "");
    if (digits === "") return 0;
    if (value === 0) throw this.offence("a number that rounds to 0");
    if (!isHeldOrShown(value, digits, Number(match[2] ?? 0) - (match[1] ?? "").length)) {
      throw this.offence("a whole number that a double does not hold exactly");
    }
    return value;
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.offence("no JSON at character " + this.at);
    this.at += word.length;
    return value;
  }

  /** Whether `c` comes next, white space aside; then it is read. */
  private take(c: string): boolean {
    this.skip(SPACE);
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const skipped = pattern.exec(this.text)![0];
    this.at += skipped.length;
    return skipped;
  }

  private offence(detail: string): JsonError {
    return new JsonError(this.pointer, detail);
  }
}

/**
 * Whether the number digits · 10^exponent, its sign left aside, may be read as the double `value`. A number that is not
 * whole may be rounded. A whole number must be the one that the double holds, or the one that its canonical text shows:
 * 2^60 is shown as 1152921504606847000, so that may be sent back. The value is finite and not zero, so a whole number
 * has at most 309 digits.
 */
function isHeldOrShown(value: number, digits: string, exponent: number): boolean {
  let end = digits.length;
  while (digits[end - 1] === "0") end--;
  const scale = exponent + digits.length - end;
  if (scale < 0) return true; // no whole number: it may be rounded
  const sent = BigInt(digits.slice(0, end)) * 10n ** BigInt(scale);
  return sent === BigInt(Math.abs(value)) || sent === shown(Math.abs(value));
}

/** The whole number that the canonical text of a double says; none where it has a fraction. */
function shown(value: number): bigint | undefined {
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const scale = Number(exponent) - fraction.length;
  return scale < 0 ? undefined : BigInt(whole + fraction) * 10n ** BigInt(scale);
}
