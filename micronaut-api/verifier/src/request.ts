// SPDX-License-Identifier: Apache-2.0
import { canonical, isObject, type Json, type JsonObject } from "./json.js";
import { ancestors, child, segments } from "./pointer.js";
import { Shape } from "./shape.js";

/** What a signed request asks for, to be compared with the record that the server made of it. */
class Asked {
  /** What is to be set, by path. */
  readonly puts = new Map<string, Json>();
  readonly deletes = new Set<string>();
  /** Of all changes, lost ones too. */
  readonly paths = new Set<string>();
  /** All that is strictly above one of the paths. */
  readonly above = new Set<string>();

  constructor(request: Shape) {
    const changes = request.member("changes");
    for (const [list, name] of [["added", "value"], ["modified", "new_value"], ["deleted", null]] as const) {
      for (const change of itemsOf(changes, list)) {
        const path = pathOf(change.member("key"));
        this.paths.add(path);
        for (const at of upward(path).slice(1)) this.above.add(at);
        if (name === null) this.deletes.add(path);
        else this.puts.set(path, change.member(name).value);
      }
    }
  }

  /** The path at or above this one at which something is to be set. */
  put(path: string): string | undefined {
    return upward(path).find((at) => this.puts.has(at));
  }

  /** What is to stand at a path because of what is set at or above it; undefined for nothing. */
  value(put: string, path: string): Json | undefined {
    let found = this.puts.get(put);
    for (const name of segments(path.slice(put.length))) {
      found = found !== undefined && isObject(found) ? found.get(name) : undefined;
    }
    return found;
  }

  /** Whether a path lies at, above or below one of the request. */
  touches(path: string): boolean {
    return this.above.has(path) || upward(path).some((at) => this.paths.has(at));
  }

  /** Whether a leaf goes because of the request; `added` is what the record adds, and all above that. */
  deletesLeaf(leaf: string, added: Set<string>): boolean {
    if (upward(leaf).some((at) => this.deletes.has(at))) return true;
    const put = this.put(leaf);
    if (put !== undefined) {
      const stays = this.value(put, leaf);
      return stays === undefined || (isObject(stays) && stays.size > 0);
    }
    // what is set below a value takes its place
    return this.above.has(leaf) && [...this.puts.keys()].some((path) => path.startsWith(leaf + "/") && added.has(path));
  }
}

const same = (one: Json | undefined, other: Json | undefined): boolean =>
  one !== undefined && other !== undefined && canonical(one) === canonical(other);

/**
 * Why a record does not say what its author asked for, or null (docs/authors.md, step 6). Throws a `JsonError` where
 * one of them has another shape.
 */
export function whyNotAsked(request: JsonObject, record: JsonObject): string | null {
  for (const name of ["author", "base", "timestamp", "type", "update_id"]) {
    if (!same(request.get(name), record.get(name))) return "the record has another " + name + " than the request";
  }
  const [asked, said] = [new Asked(new Shape(request)), new Shape(record)];
  const [superseded, overrode] = [itemsOf(said, "superseded"), itemsOf(said, "overrode")];
  if (request.get("strict") === true && superseded.length + overrode.length > 0) {
    return "the request is strict, and the record loses or beats something";
  }
  for (const lost of superseded) {
    const path = lost.member("key").path(true);
    const value = lost.optional("value");
    const isAsked = value === null ? asked.deletes.delete(path) : same(asked.puts.get(path), value.value) && asked.puts.delete(path);
    if (!isAsked) return "the record names as lost what the request does not ask for: " + path;
  }
  for (const beaten of overrode) {
    const path = beaten.member("key").path(true);
    if (!asked.touches(path)) return "the record beats what the request does not touch: " + path;
  }
  const emptied = new Set([...asked.deletes].map((path) => path.slice(0, path.lastIndexOf("/"))).filter((path) => path !== ""));
  const changes = said.member("changes");
  const added = new Set<string>();
  for (const [list, name] of [["added", "value"], ["modified", "new_value"]] as const) {
    for (const change of itemsOf(changes, list)) {
      const path = change.member("key").path(true);
      const { value } = change.member(name);
      const isLeftOver = list === "added" && isObject(value) && value.size === 0 && emptied.has(path);
      const put = asked.put(path);
      if (!isLeftOver && (put === undefined || !same(asked.value(put, path), value))) {
        return "the record sets what the request does not ask for: " + path;
      }
      if (list === "added") for (const at of upward(path)) added.add(at);
    }
  }
  for (const change of itemsOf(changes, "deleted")) {
    const path = change.member("key").path(true);
    if (!asked.deletesLeaf(path, added)) return "the record deletes what the request does not ask for: " + path;
  }
  return null;
}

/** A pointer and all above it, from itself up to the document. */
function upward(path: string): string[] {
  return path === "" ? [""] : [path, ...ancestors(path), ""];
}

function itemsOf(object: Shape, name: string): Shape[] {
  return object.optional(name)?.items() ?? [];
}

/** The pointer of a path, which a request may spell dotted. */
function pathOf(key: Shape): string {
  const text = key.string();
  if (text === "" || text.startsWith("/")) return key.path(true);
  const names = text.split(".");
  if (names.includes("")) throw key.refusal("is a dotted path with an empty segment");
  return new Shape(names.reduce(child, ""), key.pointer).path();
}
