// SPDX-License-Identifier: Apache-2.0
import { equal, type Hash } from "./bytes.js";
import { sha256 } from "./sha256.js";

// The binary trie of FORMATS §3, used for documents and for the forest of a checkpoint. A leaf node and an inner node
// have different prefixes and fixed lengths, so neither can pass as the other and no boundary can be moved.

/** An entry of a trie, as a leaf node commits to it. */
export interface Leaf {
  readonly key: Hash;
  readonly payloadHash: Hash;
}

/** One inner node on the way down: the bit in which its two sides differ, and the side not taken. */
export interface Step {
  readonly bit: number;
  readonly sibling: Hash;
}

/** The inner nodes and the leaf on the way that a key leads from the root down; the leaf is null in an empty trie. */
export interface KeyProof {
  readonly steps: readonly Step[];
  readonly leaf: Leaf | null;
}

/** What a key proof shows of a key. */
export type KeyVerdict =
  | { readonly verdict: "in"; readonly payloadHash: Hash }
  | { readonly verdict: "out" }
  | { readonly verdict: "fails"; readonly why: string };

export const KEY_BITS = 256;

/** The root of a trie without entries. */
export const EMPTY_ROOT: Hash = sha256();

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);

export function leafNode(leaf: Leaf): Hash {
  return sha256(LEAF, leaf.key, leaf.payloadHash);
}

export function innerNode(bit: number, left: Hash, right: Hash): Hash {
  return sha256(INNER, Uint8Array.of(bit), left, right);
}

/** Bit `index` of a key; 0 is the highest bit of its first byte. */
export function bitOf(key: Hash, index: number): 0 | 1 {
  return ((key[index >> 3]! >> (7 - (index & 7))) & 1) as 0 | 1;
}

/** What `proof` shows of `key` in the trie with this root. */
export function verifyKeyProof(root: Hash, key: Hash, proof: KeyProof): KeyVerdict {
  const { leaf, steps } = proof;
  if (leaf === null) {
    return steps.length === 0 && equal(root, EMPTY_ROOT)
      ? { verdict: "out" }
      : { verdict: "fails", why: "only an empty trie has no leaf" };
  }
  let above = -1;
  for (const { bit } of steps) {
    if (!Number.isInteger(bit) || bit <= above || bit >= KEY_BITS) {
      return { verdict: "fails", why: "the bits do not grow from the root down" };
    }
    above = bit;
    if (bitOf(leaf.key, bit) !== bitOf(key, bit)) {
      return { verdict: "fails", why: "the leaf's key leaves the wanted key's way at bit " + bit };
    }
  }
  let node = leafNode(leaf);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { bit, sibling } = steps[i]!;
    node = bitOf(key, bit) === 0 ? innerNode(bit, node, sibling) : innerNode(bit, sibling, node);
  }
  if (!equal(node, root)) return { verdict: "fails", why: "the steps lead to another root" };
  return equal(leaf.key, key) ? { verdict: "in", payloadHash: leaf.payloadHash } : { verdict: "out" };
}

/** The root of a trie of these entries, from their definition alone. O(n log n); keys are unique. */
export function trieRoot(leaves: readonly Leaf[]): Hash {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leafNode(leaves[0]!);
  const bit = firstDifference(leaves);
  return innerNode(
    bit,
    trieRoot(leaves.filter((leaf) => bitOf(leaf.key, bit) === 0)),
    trieRoot(leaves.filter((leaf) => bitOf(leaf.key, bit) === 1)),
  );
}

function firstDifference(leaves: readonly Leaf[]): number {
  const first = leaves[0]!.key;
  let least = KEY_BITS;
  for (const { key } of leaves) least = Math.min(least, differsAt(first, key));
  if (least === KEY_BITS) throw new RangeError("a key stands in a trie once");
  return least;
}

/** The first bit in which two keys differ, 256 when they are equal. */
function differsAt(left: Hash, right: Hash): number {
  for (let i = 0; i < left.length; i++) {
    const difference = left[i]! ^ right[i]!;
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24;
  }
  return KEY_BITS;
}

interface Inner {
  readonly bit: number;
  readonly hash: Hash;
  readonly left: Node;
  readonly right: Node;
}
type Node = Inner | { readonly leaf: Leaf; readonly hash: Hash };

/** A trie that is changed entry by entry; each change costs about log₂ n hashes. `trieRoot` is its slow twin. */
export class Trie {
  private top: Node | null = null;

  get root(): Hash {
    return this.top === null ? EMPTY_ROOT : this.top.hash;
  }

  /** Puts an entry, in place of the one with its key. */
  put(leaf: Leaf): void {
    const added: Node = { leaf, hash: leafNode(leaf) };
    if (this.top === null) {
      this.top = added;
      return;
    }
    let near = this.top;
    while (!("leaf" in near)) near = bitOf(leaf.key, near.bit) === 0 ? near.left : near.right;
    this.top = putAt(this.top, added, leaf.key, differsAt(near.leaf.key, leaf.key));
  }

  /** Takes an entry away, when it is there. */
  remove(key: Hash): void {
    if (this.top !== null) this.top = removeAt(this.top, key);
  }
}

function inner(bit: number, left: Node, right: Node): Inner {
  return { bit, left, right, hash: innerNode(bit, left.hash, right.hash) };
}

/** @param differs first bit in which `key` differs from all keys on its way; 256 when it is there */
function putAt(node: Node, added: Node, key: Hash, differs: number): Node {
  if ("leaf" in node && differs === KEY_BITS) return added;
  if ("leaf" in node || node.bit > differs) {
    return bitOf(key, differs) === 0 ? inner(differs, added, node) : inner(differs, node, added);
  }
  return bitOf(key, node.bit) === 0
    ? inner(node.bit, putAt(node.left, added, key, differs), node.right)
    : inner(node.bit, node.left, putAt(node.right, added, key, differs));
}

function removeAt(node: Node, key: Hash): Node | null {
  if ("leaf" in node) return equal(node.leaf.key, key) ? null : node;
  const goesLeft = bitOf(key, node.bit) === 0;
  const side = goesLeft ? node.left : node.right;
  const left = removeAt(side, key);
  if (left === side) return node;
  if (left === null) return goesLeft ? node.right : node.left;
  return goesLeft ? inner(node.bit, left, node.right) : inner(node.bit, node.left, left);
}
