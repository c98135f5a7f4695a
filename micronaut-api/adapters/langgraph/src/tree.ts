// SPDX-License-Identifier: Apache-2.0
// How items stand in the document of a space: `PATH/LABEL/…/:items/KEY`, with the members value, createdAt, updatedAt
// and place. No label of a namespace holds a colon, so `:items` is none.
import type { Item } from "@langchain/langgraph-checkpoint";
import type { PlainJson } from "mnemogrid-verifier/client";

const ITEMS = ":items";

/** Most bytes of a path in a document, and most segments of a path with the depth of its value (docs/operate.md). */
const MAX_PATH_BYTES = 1024;
const MAX_DEPTH = 32;

/** An item as it stands in a document. */
export interface Kept {
  readonly value: PlainJson;
  /** RFC 3339, in UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Which of the items that one batch wrote it is, from 0. */
  readonly place: number;
}

/** An item that was read, with its place among those of its batch. */
export interface Found {
  readonly item: Item;
  readonly place: number;
}

/** @param root the JSON Pointer below which all namespaces stand */
export function pathOfNamespace(root: string, namespace: readonly string[]): string {
  return checked(namespace.reduce(child, root), "the namespace " + JSON.stringify(namespace));
}

/** @param root the JSON Pointer below which all namespaces stand */
export function pathOfItem(root: string, namespace: readonly string[], key: string): string {
  if (typeof key !== "string") throw new TypeError("the key of an item is a string, got " + String(key));
  const path = [...namespace, ITEMS, key].reduce(child, root);
  return checked(path, "the key " + JSON.stringify(key.slice(0, 80)) + " in " + JSON.stringify(namespace));
}

function child(path: string, name: string): string {
  return path + "/" + name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function checked(path: string, what: string): string {
  if (!path.isWellFormed()) throw new RangeError(what + " has half a surrogate pair, which no document takes");
  // The longest path below it is `/updatedAt`, which is one segment.
  const bytes = new TextEncoder().encode(path).length + "/updatedAt".length;
  const depth = path.split("/").length; // a segment more than the path has
  if (bytes > MAX_PATH_BYTES) {
    throw new RangeError(what + " makes a path of " + bytes + " bytes in the document, at most " + MAX_PATH_BYTES + " fit: use a shorter one, or its hash");
  }
  if (depth > MAX_DEPTH) throw new RangeError(what + " makes a path of " + depth + " segments in the document, at most " + MAX_DEPTH + " fit");
  return path;
}

/** The item that stands at the path of a key, or null where none of this store does. */
export function itemOf(kept: PlainJson | undefined, namespace: readonly string[], key: string): Found | null {
  if (!isObject(kept) || !Object.hasOwn(kept, "value")) return null;
  const createdAt = timeOf(kept.createdAt);
  const updatedAt = timeOf(kept.updatedAt);
  if (createdAt === null || updatedAt === null) return null;
  const value = kept.value as Item["value"];
  const place = typeof kept.place === "number" ? kept.place : 0;
  return { item: { value, key, namespace: [...namespace], createdAt, updatedAt }, place };
}

/** The items of a namespace and of all below it, the oldest first; those of one batch in its order. */
export function itemsOf(tree: PlainJson | undefined, namespace: readonly string[]): Item[] {
  const found = namespacesOf(tree, namespace).flatMap(({ labels, items }) =>
    Object.entries(items).flatMap(([key, kept]) => itemOf(kept, labels, key) ?? []),
  );
  found.sort((a, b) => a.item.createdAt.getTime() - b.item.createdAt.getTime() || a.place - b.place);
  return found.map(({ item }) => item);
}

/** The namespaces at and below a place that hold items, or held some. */
export function namespacesOf(
  tree: PlainJson | undefined,
  namespace: readonly string[],
): { readonly labels: readonly string[]; readonly items: { readonly [key: string]: PlainJson } }[] {
  if (!isObject(tree)) return [];
  return Object.entries(tree).flatMap(([name, below]) => {
    if (name !== ITEMS) return namespacesOf(below, [...namespace, name]);
    return isObject(below) ? [{ labels: namespace, items: below }] : [];
  });
}

/** RFC 3339 as this store writes it; null for what somebody else wrote. */
export function timeOf(text: PlainJson | undefined): Date | null {
  const time = typeof text === "string" ? new Date(text) : null;
  return time === null || Number.isNaN(time.getTime()) ? null : time;
}

function isObject(value: PlainJson | undefined): value is { readonly [name: string]: PlainJson } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
