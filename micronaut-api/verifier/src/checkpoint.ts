// SPDX-License-Identifier: Apache-2.0
import { equal, fromHex, HASH_BYTES, uint64, ZERO_HASH, type Hash } from "./bytes.js";
import { keyOf } from "./document.js";
import { parseCanonical } from "./json.js";
import { sha256 } from "./sha256.js";
import { Shape } from "./shape.js";
import { trieRoot, verifyKeyProof, type KeyProof } from "./trie.js";

/** A space's newest version in a checkpoint. */
export interface Head {
  readonly version: number;
  readonly stateRoot: Hash;
  readonly logRoot: Hash;
}

/** What a checkpoint hash commits to. */
export interface Header {
  readonly number: number;
  readonly previous: Hash;
  readonly forestRoot: Hash;
  readonly manifestDigest: Hash;
}

/** The readable part of a checkpoint. */
export interface Manifest {
  readonly author: string;
  readonly number: number;
  readonly previous: Hash;
  readonly time: string;
  readonly spaces: ReadonlyMap<string, ManifestEntry>;
}

export interface ManifestEntry extends Head {
  /** Content address of the canonical document at `snapshotVersion`. */
  readonly snapshot: string;
  readonly snapshotVersion: number;
}

export const HEADER_BYTES = 105;
const HEADER_PREFIX = 2;

/** The 72 bytes that the forest commits to for a space. */
export function headPayload(head: Head): Uint8Array {
  return concat(uint64(head.version), head.stateRoot, head.logRoot);
}

/** The root of the forest of these heads, by space name. */
export function forestRoot(heads: ReadonlyMap<string, Head>): Hash {
  return trieRoot([...heads].map(([space, head]) => ({ key: keyOf(space), payloadHash: sha256(headPayload(head)) })));
}

/** Why `head` is not shown as the head of `space` in that forest, or null when it is. */
export function whyNotInForest(root: Hash, space: string, head: Head, proof: KeyProof): string | null {
  const shown = verifyKeyProof(root, keyOf(space), proof);
  if (shown.verdict === "fails") return shown.why;
  if (shown.verdict === "out") return "the space is not in the checkpoint";
  return equal(shown.payloadHash, sha256(headPayload(head))) ? null : "the space has another head in the checkpoint";
}

export function encodeHeader(header: Header): Uint8Array {
  return concat(
    Uint8Array.of(HEADER_PREFIX),
    uint64(header.number),
    header.previous,
    header.forestRoot,
    header.manifestDigest,
  );
}

function numberIn(header: Uint8Array): bigint {
  return new DataView(header.buffer, header.byteOffset, header.byteLength).getBigUint64(1);
}

/** Why these bytes have not the shape of a header, or null when they have: 105 bytes, 0x02, a number of 1 to 2^63 − 1. */
export function whyNoHeader(bytes: Uint8Array): string | null {
  if (bytes.length !== HEADER_BYTES) return "a header has 105 bytes, got " + bytes.length;
  if (bytes[0] !== HEADER_PREFIX) return "a header begins with 0x02";
  const number = numberIn(bytes);
  return number >= 1n && number < 1n << 63n ? null : "no checkpoint number: " + number;
}

/**
 * Reads the 105 bytes of a header; throws a `RangeError` when they are no header. It also throws for a number over
 * 2^53 − 1 and for a first checkpoint with a `previous`, since no chain of checkpoints has these.
 */
export function decodeHeader(bytes: Uint8Array): Header {
  const why = whyNoHeader(bytes);
  if (why !== null) throw new RangeError(why);
  const number = numberIn(bytes);
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError("no checkpoint number: " + number);
  const hashAt = (i: number): Hash => bytes.slice(9 + i * HASH_BYTES, 9 + (i + 1) * HASH_BYTES);
  const previous = hashAt(0);
  if (number === 1n && !equal(previous, ZERO_HASH)) throw new RangeError("nothing is before the first checkpoint");
  return { number: Number(number), previous, forestRoot: hashAt(1), manifestDigest: hashAt(2) };
}

export function checkpointHash(header: Header): Hash {
  return sha256(encodeHeader(header));
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
const CID_PREFIX = [0x01, 0x55, 0x12, 0x20]; // version 1, raw, sha2-256, 32 bytes

/** The content address of bytes with that hash; of a header's hash it is the checkpoint's pointer. 66 characters. */
export function contentAddress(hash: Hash): string {
  if (hash.length !== HASH_BYTES) throw new RangeError("a hash has 32 bytes, got " + hash.length);
  let text = "ipfs://b";
  let bits = 0;
  let held = 0;
  for (const byte of [...CID_PREFIX, ...hash]) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(held >> bits) & 31];
    }
    held &= 0xff;
  }
  return text + BASE32[(held << (5 - bits)) & 31];
}

/** The hash in a content address, or null when the text is none that `contentAddress` makes. */
export function hashOfAddress(address: string): Hash | null {
  if (address.length !== 66 || !/^ipfs:\/\/b[a-z2-7]+$/.test(address)) return null;
  let number = 0n;
  for (const c of address.slice(8)) number = (number << 5n) | BigInt(BASE32.indexOf(c));
  // 58 characters hold 290 bits: the 288 of the address and two that must be zero.
  const hash = fromHex("0x" + (number >> 2n).toString(16).padStart(72, "0").slice(8), HASH_BYTES)!;
  return contentAddress(hash) === address ? hash : null;
}

/**
 * Reads the manifest of a checkpoint. Throws a `JsonError` when the bytes are no manifest, and a `RangeError` when they
 * are another manifest than the one that the header commits to.
 */
export function readManifest(bytes: Uint8Array, header: Header): Manifest {
  if (!equal(sha256(bytes), header.manifestDigest)) throw new RangeError("another manifest than the header's");
  const manifest = new Shape(parseCanonical(bytes)).only("author", "number", "previous", "spaces", "time");
  const number = manifest.member("number").integer(1);
  const previous = manifest.member("previous").hash();
  if (number !== header.number || !equal(previous, header.previous)) {
    throw manifest.refusal("has another number or previous checkpoint than its header");
  }
  const entries = manifest.member("spaces").members().map(([name, entry]) => {
    new Shape(name, entry.pointer).space();
    return [name, readEntry(entry)] as const;
  });
  return {
    author: manifest.member("author").string(),
    number,
    previous,
    time: manifest.member("time").string(),
    spaces: new Map(entries),
  };
}

function readEntry(entry: Shape): ManifestEntry {
  entry.only("log_root", "snapshot", "snapshot_version", "state_root", "version");
  const snapshot = entry.member("snapshot");
  if (hashOfAddress(snapshot.string()) === null) throw snapshot.refusal("is no content address");
  const version = entry.member("version").integer(1);
  return {
    version,
    stateRoot: entry.member("state_root").hash(),
    logRoot: entry.member("log_root").hash(),
    snapshot: snapshot.string(),
    snapshotVersion: entry.member("snapshot_version").integer(0, version),
  };
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
