// SPDX-License-Identifier: Apache-2.0
import { equal } from "./bytes.js";
import { sha512 } from "./sha512.js";

// Ed25519 (RFC 8032 §5.1) in whole numbers. Nothing here is constant-time: a signature is checked with what everybody
// may know, and who signs should see `signEd25519`.

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SIGN = 1n << 255n;

function mod(value: bigint, modulus = P): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = mod(square * square)) {
    if (rest & 1n) result = mod(result * square);
  }
  return result;
}

const inverse = (value: bigint): bigint => power(value, P - 2n);

const D = mod(-121665n * inverse(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

/** In the extended coordinates of §5.1.4. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly t: bigint;
}

const NEUTRAL: Point = { x: 0n, y: 1n, z: 1n, t: 0n };
const BASE = decoded(bytesOf(mod(4n * inverse(5n))))!;

function product(e: bigint, f: bigint, g: bigint, h: bigint): Point {
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) };
}

function sum(left: Point, right: Point): Point {
  const a = mod((left.y - left.x) * (right.y - right.x));
  const b = mod((left.y + left.x) * (right.y + right.x));
  const c = mod(2n * left.t * mod(right.t * D));
  const d = mod(2n * left.z * right.z);
  return product(b - a, d - c, d + c, b + a);
}

function twice({ x, y, z }: Point): Point {
  const a = mod(x * x);
  const b = mod(y * y);
  const h = a + b;
  const g = a - b;
  return product(h - mod((x + y) * (x + y)), mod(2n * z * z) + g, g, h);
}

function times(scalar: bigint, point: Point): Point {
  let result = NEUTRAL;
  for (const digit of scalar.toString(2)) {
    result = twice(result);
    if (digit === "1") result = sum(result, point);
  }
  return result;
}

const isNeutral = ({ x, y, z }: Point): boolean => x === 0n && y === z;

/** Little-endian. */
function numberOf(bytes: Uint8Array): bigint {
  let number = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) number = (number << 8n) | BigInt(bytes[i]!);
  return number;
}

/** Little-endian, 32 of them. */
function bytesOf(number: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0, rest = number; i < bytes.length; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

function encoded({ x, y, z }: Point): Uint8Array {
  const scale = inverse(z);
  return bytesOf(mod(y * scale) | (mod(x * scale) & 1n ? SIGN : 0n));
}

/** The point of its one spelling, with y below p and no sign where x is 0; null where the bytes are none. */
function decoded(bytes: Uint8Array): Point | null {
  const number = numberOf(bytes);
  const y = number & (SIGN - 1n);
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * mod(y * y) + 1n);
  let x = mod(u * power(v, 3n) * power(mod(u * power(v, 7n)), (P - 5n) / 8n));
  if (mod(v * x * x) !== u) x = mod(x * ROOT_OF_MINUS_ONE);
  if (mod(v * x * x) !== u) return null;
  const isOdd = number >= SIGN;
  if (x === 0n && isOdd) return null;
  if ((x & 1n) === 1n !== isOdd) x = P - x;
  return { x, y, z: 1n, t: mod(x * y) };
}

const challenge = (...parts: readonly Uint8Array[]): bigint => mod(numberOf(sha512(...parts)), ORDER);

/**
 * Whether a signature is a key's, as docs/authors.md wants it: S below the order, key and R in their one spelling, a
 * key of the full prime order, and the equation without the cofactor, since R is compared as bytes. Some 6 ms.
 */
export function verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  const point = decoded(key);
  if (point === null || isNeutral(point) || !isNeutral(times(ORDER, point))) return false;
  const r = signature.subarray(0, 32);
  const s = numberOf(signature.subarray(32));
  if (s >= ORDER) return false;
  const k = challenge(r, key, message);
  return equal(encoded(sum(times(s, BASE), times(ORDER - k, point))), r);
}

function secretOf(seed: Uint8Array): { readonly scalar: bigint; readonly nonce: Uint8Array } {
  if (seed.length !== KEY_BYTES) throw new RangeError("a private key has 32 bytes, got " + seed.length);
  const digest = sha512(seed);
  const low = numberOf(digest.subarray(0, 32)) & ((1n << 254n) - 8n);
  return { scalar: low | (1n << 254n), nonce: digest.subarray(32) };
}

/** The public key of a private one, 32 bytes each (§5.1.5). */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  return encoded(times(secretOf(seed).scalar, BASE));
}

/**
 * Signs with a private key of 32 bytes (§5.1.6). Not constant-time: who can measure how long it takes, on the same
 * machine, may learn of the key. The public key is made again each time: a wrong one, handed in, would give the private
 * one away.
 */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  const { scalar, nonce } = secretOf(seed);
  const r = challenge(nonce, message);
  const first = encoded(times(r, BASE));
  const key = encoded(times(scalar, BASE));
  const signature = new Uint8Array(SIGNATURE_BYTES);
  signature.set(first);
  signature.set(bytesOf(mod(r + challenge(first, key, message) * scalar, ORDER)), 32);
  return signature;
}
