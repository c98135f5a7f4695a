// SPDX-License-Identifier: Apache-2.0
import { equal, type Hash } from "./bytes.js";
import { sha256 } from "./sha256.js";

// The tree of RFC 6962 §2.1 over a space's history. Sizes are safe integers, so halves are taken by division: the
// language's shifts end at 32 bits.

const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);

/** The leaf of a record, from its canonical text in UTF-8. */
export function logLeaf(record: Uint8Array): Hash {
  return sha256(LEAF, record);
}

export function logNode(left: Hash, right: Hash): Hash {
  return sha256(INNER, left, right);
}

const isOdd = (number: number): boolean => number % 2 === 1;
const half = (number: number): number => Math.floor(number / 2);
const isSize = (number: number): boolean => Number.isSafeInteger(number) && number >= 0;

/** Why `leaf` is not shown at `index` of the tree of that size and root, or null when it is (RFC 9162 §2.1.3.2). */
export function whyNotIncluded(
  leaf: Hash,
  index: number,
  size: number,
  path: readonly Hash[],
  root: Hash,
): string | null {
  if (!isSize(index) || !isSize(size) || index >= size) return "the leaf index is not below the size";
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of path) {
    if (sn === 0) return "the inclusion path is too long";
    if (isOdd(fn) || fn === sn) {
      r = logNode(p, r);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      r = logNode(r, p);
    }
    fn = half(fn);
    sn = half(sn);
  }
  if (sn !== 0) return "the inclusion path is too short";
  return equal(r, root) ? null : "the inclusion path leads to another root";
}

/**
 * Why the tree at `to` is not shown to extend the tree at `from`, or null when it is (RFC 9162 §2.1.4.2). Nothing is
 * shown from size 0; the same size takes an empty path and equal roots.
 */
export function whyNotConsistent(
  from: { readonly size: number; readonly root: Hash },
  to: { readonly size: number; readonly root: Hash },
  path: readonly Hash[],
): string | null {
  if (!isSize(from.size) || !isSize(to.size) || from.size === 0) return "a proof begins at size 1 or later";
  if (from.size > to.size) return "a history does not shrink";
  if (from.size === to.size) {
    if (path.length > 0) return "the same size takes an empty path";
    return equal(from.root, to.root) ? null : "two roots of one size";
  }
  if (path.length === 0) return "the consistency path is empty";
  const nodes = isPowerOfTwo(from.size) ? [from.root, ...path] : path;
  let fn = from.size - 1;
  let sn = to.size - 1;
  while (isOdd(fn)) {
    fn = half(fn);
    sn = half(sn);
  }
  let fr = nodes[0]!;
  let sr = fr;
  for (const c of nodes.slice(1)) {
    if (sn === 0) return "the consistency path is too long";
    if (isOdd(fn) || fn === sn) {
      fr = logNode(c, fr);
      sr = logNode(c, sr);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      sr = logNode(sr, c);
    }
    fn = half(fn);
    sn = half(sn);
  }
  if (sn !== 0) return "the consistency path is too short";
  if (!equal(fr, from.root)) return "the consistency path leads to another older root";
  return equal(sr, to.root) ? null : "the consistency path leads to another newer root";
}

function isPowerOfTwo(number: number): boolean {
  let rest = number;
  while (!isOdd(rest)) rest = half(rest);
  return rest === 1;
}

/** A log tree that only grows; it keeps the roots of its whole subtrees, about log₂ of its size. */
export class LogTree {
  private readonly whole: { readonly size: number; readonly root: Hash }[] = [];
  size = 0;

  append(leaf: Hash): void {
    let size = 1;
    let root = leaf;
    while (this.whole.at(-1)?.size === size) {
      root = logNode(this.whole.pop()!.root, root);
      size *= 2;
    }
    this.whole.push({ size, root });
    this.size++;
  }

  get root(): Hash {
    if (this.size === 0) return sha256();
    return this.whole.map((tree) => tree.root).reduceRight((right, left) => logNode(left, right));
  }
}

/** The root of a history, from the definition of RFC 6962 §2.1; the slow twin of `LogTree`. */
export function logRoot(leaves: readonly Hash[]): Hash {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  let split = 1;
  while (2 * split < leaves.length) split *= 2;
  return logNode(logRoot(leaves.slice(0, split)), logRoot(leaves.slice(split)));
}
