// SPDX-License-Identifier: Apache-2.0

/** Bytes of a SHA-256, always 32. */
export type Hash = Uint8Array;

export const HASH_BYTES = 32;

/** What stands for "nothing before": the `previous` of a first record and of a first checkpoint. */
export const ZERO_HASH: Hash = new Uint8Array(HASH_BYTES);

const HEX = /^0x(?:[0-9a-f]{2})*$/;
const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex with `0x`. */
export function toHex(bytes: Uint8Array): string {
  let text = "0x";
  for (const byte of bytes) text += DIGITS[byte]!;
  return text;
}

/** The bytes of `0x…`, or null when it is no lower-case hex, or not of `length` bytes. */
export function fromHex(text: string, length: number): Uint8Array | null {
  if (text.length !== 2 + 2 * length || !HEX.test(text)) return null;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16);
  return bytes;
}

/** The 32 bytes of `0x…`; throws a `RangeError` for any other text. */
export function parseHash(text: string): Hash {
  const hash = fromHex(text, HASH_BYTES);
  if (hash === null) throw new RangeError("a hash is 0x and 64 lower-case hex digits, got " + text);
  return hash;
}

export function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

/** Eight bytes, big-endian. `value` is a safe integer, not negative. */
export function uint64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("no unsigned number: " + value);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

const ENCODER = new TextEncoder();

/** The UTF-8 of a text; throws a `RangeError` for a lone surrogate, whose UTF-8 would be that of another text. */
export function toUtf8(text: string): Uint8Array {
  if (hasLoneSurrogate(text)) throw new RangeError("a text with a lone surrogate has no UTF-8");
  return ENCODER.encode(text);
}

/** The text of UTF-8, or null when it is not UTF-8. A byte order mark stays. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null; // a fatal decoder throws this for what is not UTF-8
    throw error;
  }
}

const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u; // slower, and most texts have no surrogate at all

/** Whether a surrogate stands without its partner. */
export function hasLoneSurrogate(text: string): boolean {
  return SURROGATE.test(text) && LONE_SURROGATE.test(text);
}
