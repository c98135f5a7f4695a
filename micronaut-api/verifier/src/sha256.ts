// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "./bytes.js";
import { rootFractions } from "./primes.js";

// Computed here because WebCrypto's answer is always a promise.
const ROUNDS = 64;
const CONSTANTS = Int32Array.from(rootFractions(ROUNDS, 3n, 32n), Number);
const INITIAL = Int32Array.from(rootFractions(8, 2n, 32n), Number);

const schedule = new Int32Array(ROUNDS);
const state = new Int32Array(8);

// Room for most messages, made once: to make room costs about as much as to hash 64 bytes.
const ROOM = new Uint8Array(1024);
const VIEW = new DataView(ROOM.buffer);

/** SHA-256 of the parts, one behind the other. */
export function sha256(...parts: readonly Uint8Array[]): Hash {
  let length = 0;
  for (const part of parts) length += part.length;
  const padded = ((length + 8) >> 6 << 6) + 64;
  const isSmall = padded <= ROOM.length;
  const message = isSmall ? ROOM : new Uint8Array(padded);
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  message[length] = 0x80;
  message.fill(0, length + 1, padded - 8);
  const view = isSmall ? VIEW : new DataView(message.buffer);
  view.setUint32(padded - 8, Math.floor(length / 0x20000000));
  view.setUint32(padded - 4, (length << 3) >>> 0);

  state.set(INITIAL);
  for (let block = 0; block < padded; block += 64) compress(view, block);
  const hash = new Uint8Array(32);
  for (let i = 0; i < 32; i++) hash[i] = state[i >> 2]! >>> (24 - 8 * (i & 3));
  return hash;
}

function compress(view: DataView, block: number): void {
  const w = schedule;
  for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + 4 * t);
  for (let t = 16; t < ROUNDS; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
  let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let t = 0; t < ROUNDS; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + CONSTANTS[t]! + w[t]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}
