// SPDX-License-Identifier: Apache-2.0
import { rootFractions } from "./primes.js";

const ROUNDS = 80;
const CONSTANTS = rootFractions(ROUNDS, 3n, 64n);
const INITIAL = rootFractions(8, 2n, 64n);

const word = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotated = (value: bigint, bits: bigint): bigint => word((value >> bits) | (value << (64n - bits)));

/** SHA-512 of the parts, one behind the other (FIPS 180-4). For the short texts of signatures: some 100 µs a block. */
export function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const message = new Uint8Array((Math.floor((length + 16) / 128) + 1) * 128);
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  message[length] = 0x80;
  const view = new DataView(message.buffer);
  view.setBigUint64(message.length - 8, BigInt(length) * 8n);

  let state: readonly bigint[] = INITIAL;
  for (let block = 0; block < message.length; block += 128) state = compressed(state, view, block);
  const hash = new Uint8Array(64);
  const out = new DataView(hash.buffer);
  state.forEach((value, i) => out.setBigUint64(8 * i, value));
  return hash;
}

function compressed(state: readonly bigint[], view: DataView, block: number): bigint[] {
  const w: bigint[] = [];
  for (let t = 0; t < 16; t++) w.push(view.getBigUint64(block + 8 * t));
  for (let t = 16; t < ROUNDS; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = rotated(x, 1n) ^ rotated(x, 8n) ^ (x >> 7n);
    const s1 = rotated(y, 19n) ^ rotated(y, 61n) ^ (y >> 6n);
    w.push(word(w[t - 16]! + s0 + w[t - 7]! + s1));
  }
  let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  for (let t = 0; t < ROUNDS; t++) {
    const s1 = rotated(e, 14n) ^ rotated(e, 18n) ^ rotated(e, 41n);
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + CONSTANTS[t]! + w[t]!;
    const s0 = rotated(a, 28n) ^ rotated(a, 34n) ^ rotated(a, 39n);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = word(d + t1);
    d = c;
    c = b;
    b = a;
    a = word(t1 + t2);
  }
  return [a, b, c, d, e, f, g, h].map((value, i) => word(value + state[i]!));
}
