// SPDX-License-Identifier: Apache-2.0
import { fromHex, toUtf8 } from "./bytes.js";
import { KEY_BYTES, SIGNATURE_BYTES, signEd25519, verifyEd25519 } from "./ed25519.js";
import { sha256 } from "./sha256.js";

// What an author signs, and its spelling in JSON (docs/authors.md).

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PREFIX = toUtf8("mnemogrid-delta-1\0");
const GRID = /^[0-9a-f]{32}$/;

/** Whether a text is the id of a grid. */
export function isGrid(text: string): boolean {
  return GRID.test(text);
}

/** Unpadded base64url (RFC 4648 §5). */
export function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const digits = Math.min(4, bytes.length - i + 1);
    for (let j = 0; j < digits; j++) text += ALPHABET[(group >> (18 - 6 * j)) & 63];
  }
  return text;
}

/** The bytes of unpadded base64url; throws a `RangeError` where it is not the one spelling of `length` bytes. */
export function fromBase64Url(text: string, length: number, what: string): Uint8Array {
  const bytes = new Uint8Array(length);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const c of text.slice(0, 2 * length)) {
    held = ((held << 6) | ALPHABET.indexOf(c)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    if (at < length) bytes[at] = held >> bits;
    at++;
  }
  if (toBase64Url(bytes) !== text) {
    throw new RangeError(what + " is unpadded base64url of " + length + " bytes (RFC 4648, section 5)");
  }
  return bytes;
}

/**
 * What is signed, 98 bytes. `request` is the canonical text of the delta without its signature. Throws a `RangeError`
 * where `grid` is no id of a grid: 32 hex digits, lower case.
 */
export function signedMessage(grid: string, space: string, request: string): Uint8Array {
  if (!isGrid(grid)) throw new RangeError("a grid id has 32 hex digits, lower case");
  const parts = [PREFIX, fromHex("0x" + grid, 16)!, sha256(toUtf8(space)), sha256(toUtf8(request))];
  const message = new Uint8Array(98);
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}

/**
 * Whether an author's key signed a request for that space of that grid. Throws a `RangeError` for a key, a signature
 * or a grid of another spelling.
 */
export function signatureHolds(key: string, signature: string, grid: string, space: string, request: string): boolean {
  const point = fromBase64Url(key, KEY_BYTES, "a key");
  const value = fromBase64Url(signature, SIGNATURE_BYTES, "a signature");
  return verifyEd25519(point, signedMessage(grid, space, request), value);
}

/** The signature of a request, as `signatureHolds` takes it. */
export function signRequest(seed: Uint8Array, grid: string, space: string, request: string): string {
  return toBase64Url(signEd25519(seed, signedMessage(grid, space, request)));
}
