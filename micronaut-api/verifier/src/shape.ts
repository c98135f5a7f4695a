// SPDX-License-Identifier: Apache-2.0
import { fromHex, HASH_BYTES, type Hash } from "./bytes.js";
import { isArray, isObject, JsonError, type Json, type JsonObject } from "./json.js";
import { child, whyNoPointer } from "./pointer.js";

const SPACE = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** A place in a text, and the value there. Each method throws a `JsonError` with that place for an unwanted value. */
export class Shape {
  constructor(
    readonly value: Json,
    readonly pointer = "",
  ) {}

  /** The member `name`, which must be there. */
  member(name: string): Shape {
    const found = this.optional(name);
    if (found === null) throw this.refusal("has no member " + name);
    return found;
  }

  optional(name: string): Shape | null {
    const value = this.object().get(name);
    return value === undefined ? null : new Shape(value, child(this.pointer, name));
  }

  /** Refuses members that are not among `names`. */
  only(...names: readonly string[]): this {
    for (const name of this.object().keys()) {
      if (!names.includes(name)) throw new Shape(null, child(this.pointer, name)).refusal("is not a member here");
    }
    return this;
  }

  object(): JsonObject {
    if (!isObject(this.value)) throw this.refusal("is no object");
    return this.value;
  }

  members(): (readonly [string, Shape])[] {
    return [...this.object()].map(([name, value]) => [name, new Shape(value, child(this.pointer, name))] as const);
  }

  items(): Shape[] {
    if (!isArray(this.value)) throw this.refusal("is no array");
    return this.value.map((item, i) => new Shape(item, child(this.pointer, String(i))));
  }

  string(): string {
    if (typeof this.value !== "string") throw this.refusal("is no string");
    return this.value;
  }

  oneOf<T extends string>(...texts: readonly T[]): T {
    const found = texts.find((text) => text === this.value);
    if (found === undefined) throw this.refusal("is none of " + texts.join(", "));
    return found;
  }

  matching(pattern: RegExp): string {
    const text = this.string();
    if (!pattern.test(text)) throw this.refusal("is not of the form " + pattern.source);
    return text;
  }

  /** A whole number in `[from, to]`. */
  integer(from: number, to = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < from || value > to) {
      throw this.refusal("is no whole number from " + from + " to " + to);
    }
    return value;
  }

  hash(): Hash {
    return this.bytes(HASH_BYTES);
  }

  bytes(length: number): Uint8Array {
    const bytes = fromHex(this.string(), length);
    if (bytes === null) throw this.refusal("is not 0x and " + length + " bytes in lower-case hex");
    return bytes;
  }

  space(): string {
    return this.matching(SPACE);
  }

  /** A JSON Pointer; `""`, the document itself, only where `orDocument`. */
  path(orDocument = false): string {
    const text = this.string();
    const why = whyNoPointer(text);
    if (why !== null) throw this.refusal(why);
    if (text === "" && !orDocument) throw this.refusal("is the document itself");
    return text;
  }

  refusal(detail: string): JsonError {
    return new JsonError(this.pointer, detail);
  }
}
