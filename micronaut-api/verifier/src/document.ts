// SPDX-License-Identifier: Apache-2.0
import { toUtf8, type Hash } from "./bytes.js";
import { canonical, isArray, isObject, type Json, type JsonObject } from "./json.js";
import { child, MAX_DEPTH, segments } from "./pointer.js";
import { sha256 } from "./sha256.js";
import { trieRoot, type Leaf } from "./trie.js";

/** The payload of a non-empty object, as a text. No JSON text is this character. */
export const OBJECT_PAYLOAD = "\u0003";

/** Greatest canonical size of a leaf's value. */
export const MAX_LEAF_BYTES = 256 * 1024;

/** One entry of a document's trie. */
export interface Entry extends Leaf {
  readonly pointer: string;
  /** Canonical text of the leaf's value, or `OBJECT_PAYLOAD`. */
  readonly payload: string;
}

/** The trie key of a pointer, and of a space's name in a forest. */
export function keyOf(text: string): Hash {
  return sha256(toUtf8(text));
}

/** Whether a value is stored whole, at one pointer (FORMATS §2). */
export function isLeafValue(value: Json): boolean {
  return !isObject(value) || value.size === 0;
}

export function entryOf(pointer: string, payload: string): Entry {
  return { pointer, payload, key: keyOf(pointer), payloadHash: sha256(toUtf8(payload)) };
}

/** All entries of a document's trie, in no particular order. */
export function entriesOf(document: JsonObject): Entry[] {
  const entries: Entry[] = [];
  const walk = (pointer: string, object: JsonObject): void => {
    for (const [name, value] of object) {
      const at = child(pointer, name);
      if (isObject(value) && value.size > 0) {
        entries.push(entryOf(at, OBJECT_PAYLOAD));
        walk(at, value);
      } else {
        entries.push(entryOf(at, canonical(value)));
      }
    }
  };
  walk("", document);
  return entries;
}

/** The state root of a document, from its definition: every entry is hashed again. */
export function documentRoot(document: JsonObject): Hash {
  return trieRoot(entriesOf(document));
}

/** Why `value` cannot be the leaf at `pointer`, or null when it can. */
export function whyNoLeaf(pointer: string, value: Json): string | null {
  if (!isLeafValue(value)) return "a non-empty object is no leaf";
  if (segments(pointer).length + nesting(value) > MAX_DEPTH) return "path and nesting are over " + MAX_DEPTH;
  if (toUtf8(canonical(value)).length > MAX_LEAF_BYTES) return "a leaf is over " + MAX_LEAF_BYTES + " bytes";
  return null;
}

/** How deep containers nest: 0 for a scalar, 1 for an array or object of scalars. */
function nesting(value: Json): number {
  const items = isArray(value) ? value : isObject(value) ? [...value.values()] : null;
  return items === null ? 0 : items.reduce((deepest: number, item) => Math.max(deepest, 1 + nesting(item)), 1);
}
