// SPDX-License-Identifier: Apache-2.0
import { toUtf8 } from "../bytes.js";
import { sha256 } from "../sha256.js";

// Writers, dots, memory ids and stamps of a collective, all of them texts.

/** Id of a writer: the first 80 bits of the SHA-256 of its public key, in base32. */
export const WRITER = /^[a-z2-7]{16}$/;
/** Id of a collective. */
export const COLLECTIVE = /^[0-9a-f]{32}$/;
/** Hybrid time: 48 bits of milliseconds and 16 bits of a counter. Stamps are ordered as texts. */
export const STAMP = /^[0-9a-f]{12}-[0-9a-f]{4}$/;
/** What stands for a subject: the first 32 hex digits of an HMAC-SHA-256 with the collective's salt. */
export const SUBJECT = /^[0-9a-f]{32}$/;

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const WRITER_CHARACTERS = 16;
const DOT = /^[a-z2-7]{16}\.[1-9][0-9]{0,15}$/;
const MEMORY = /^[a-z2-7]{16}\.[1-9][0-9]{0,15}\.[1-9][0-9]{0,2}$/;
const MAX_OPERATION = 256;

/** The note that made something: `<writer>.<seq>`, seq from 1 on. */
export interface Dot {
  readonly writer: string;
  readonly seq: number;
}

/** The id that belongs to an Ed25519 public key. */
export function writerId(key: Uint8Array): string {
  let number = 0n;
  for (const byte of sha256(key).subarray(0, 10)) number = (number << 8n) | BigInt(byte);
  let text = "";
  for (let shift = 75n; shift >= 0n; shift -= 5n) text += BASE32[Number((number >> shift) & 31n)];
  return text;
}

export function dotText(writer: string, seq: number): string {
  return writer + "." + seq;
}

/** The dot that a text spells, or null where it spells none. */
export function dotOf(text: string): Dot | null {
  if (!DOT.test(text)) return null;
  const seq = Number(text.slice(WRITER_CHARACTERS + 1));
  return Number.isSafeInteger(seq) ? { writer: text.slice(0, WRITER_CHARACTERS), seq } : null;
}

/** The dot of the note that made a memory, or null where the text is no memory's id. */
export function birthOf(id: string): Dot | null {
  if (!MEMORY.test(id)) return null;
  const end = id.lastIndexOf(".");
  return Number(id.slice(end + 1)) <= MAX_OPERATION ? dotOf(id.slice(0, end)) : null;
}

/** The stamp right after another one; throws a `RangeError` where there is none. */
export function tick(stamp: string): string {
  if (!STAMP.test(stamp) || stamp === "ffffffffffff-ffff") throw new RangeError("no stamp comes after " + stamp);
  const next = BigInt("0x" + stamp.replace("-", "")) + 1n;
  const digits = next.toString(16).padStart(16, "0");
  return digits.slice(0, 12) + "-" + digits.slice(12);
}

/** Milliseconds of a stamp since 1970. */
export function millisOf(stamp: string): number {
  return parseInt(stamp.slice(0, 12), 16);
}

/** The first stamp of a millisecond. */
export function stampOf(millis: number): string {
  if (!Number.isInteger(millis) || millis < 0 || millis >= 2 ** 48) throw new RangeError("no 48 bits: " + millis);
  return millis.toString(16).padStart(12, "0") + "-0000";
}

/** Order of two texts as their UTF-8 orders them: that of code points, where `<` has that of UTF-16 code units. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const l = left.charCodeAt(i);
    const r = right.charCodeAt(i);
    if (l !== r) return rank(l) - rank(r);
  }
  return left.length - right.length;
}

/** Surrogates, which make the code points from U+10000 on, above U+E000 to U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** Bytes of the UTF-8 of a text. */
export function utf8Length(text: string): number {
  return toUtf8(text).length;
}
