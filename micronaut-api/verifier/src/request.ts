// SPDX-License-Identifier: Apache-2.0
import { canonical, isObject, type Json, type JsonObject } from "./json.js";
import { ancestors, child, segments } from "./pointer.js";
import { Shape } from "./shape.js";

/** What a signed request asks for, to be compared with the record that the server made of it. */
class Asked {
  /** What is to be set, by path. */
  readonly puts = new Map<string, Json>();
  readonly paths = new Set<string>();
  /** All that is strictly above one of the paths. */
  readonly above = new Set<string>();

  constructor(request: Shape) {
    const changes = request.member("changes");
    for (const [list, name] of [["added", "value"], ["modified", "new_value"], ["deleted", null]] as const) {
      for (const change of itemsOf(changes, list)) {
        const path = pathOf(change.member("key"));
        this.paths.add(path);
        if (path !== "") for (const at of ["", ...ancestors(path)]) this.above.add(at);
        const value = name === null ? null : change.optional(name);
        if (value !== null) this.puts.set(path, value.value);
      }
    }
  }

  /** Whether a value is what is asked for at a path, itself or as a part of what is to be set above it. */
  sets(path: string, value: Json): boolean {
    const put = [path, ...ancestors(path), ""].find((at) => this.puts.has(at));
    if (put === undefined) return false;
    let found = this.puts.get(put);
    for (const name of segments(path.slice(put.length))) {
      found = found !== undefined && isObject(found) ? found.get(name) : undefined;
    }
    return found !== undefined && canonical(found) === canonical(value);
  }

  names(path: string): boolean {
    return this.above.has(path) || [path, ...ancestors(path), ""].some((at) => this.paths.has(at));
  }
}

/**
 * Why a record does not say what its author asked for, or null (docs/authors.md, step 6). Throws a `JsonError` where
 * one of them has another shape.
 */
export function whyNotAsked(request: JsonObject, record: JsonObject): string | null {
  for (const name of ["author", "base", "type", "update_id"]) {
    const [asked, said] = [request.get(name), record.get(name)];
    if (asked === undefined || said === undefined || canonical(asked) !== canonical(said)) {
      return "the record has another " + name + " than the request";
    }
  }
  const asked = new Asked(new Shape(request));
  const changes = new Shape(record).member("changes");
  for (const [list, name] of [["added", "value"], ["modified", "new_value"]] as const) {
    for (const change of itemsOf(changes, list)) {
      const path = change.member("key").path(true);
      const { value } = change.member(name);
      const isLeftOver = isObject(value) && value.size === 0 && asked.above.has(path);
      if (!isLeftOver && !asked.sets(path, value)) return "the record sets what the request does not ask for: " + path;
    }
  }
  for (const change of itemsOf(changes, "deleted")) {
    const path = change.member("key").path(true);
    if (!asked.names(path)) return "the record deletes what the request does not name: " + path;
  }
  for (const lost of itemsOf(new Shape(record), "superseded")) {
    const path = lost.member("key").path(true);
    const [put, said] = [asked.puts.get(path), lost.optional("value")?.value];
    const isSame = put === undefined || said === undefined ? put === said : canonical(put) === canonical(said);
    if (!asked.paths.has(path) || !isSame) return "the record names as lost what the request does not ask for: " + path;
  }
  return null;
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
