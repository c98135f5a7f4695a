// SPDX-License-Identifier: Apache-2.0
import { toUtf8, type Hash } from "./bytes.js";
import { whyNoLeaf } from "./document.js";
import { parseCanonical, type Json } from "./json.js";
import { logLeaf } from "./log.js";
import { Shape } from "./shape.js";

/** One line of a space's history (FORMATS §4), as far as checks need it. */
export interface UpdateRecord {
  readonly space: string;
  readonly version: number;
  readonly committed: string;
  /** Log leaf hash of the version before. */
  readonly previous: Hash;
  /** State root after this version. */
  readonly root: Hash;
  readonly added: readonly LeafChange[];
  readonly modified: readonly LeafChange[];
  readonly deleted: readonly LeafChange[];
  /** Its own leaf in the log tree. */
  readonly leaf: Hash;
}

/** A leaf that changed; undefined where none stands before or after. */
export interface LeafChange {
  readonly key: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** The name of an author. */
export const AUTHOR = /^[A-Za-z0-9._:@-]{1,128}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * Reads a record; throws a `JsonError` when the text is not canonical or is no record. Members that it does not know
 * are left alone: later versions of the format may add some, and the leaf hash covers them.
 */
export function readRecord(text: string): UpdateRecord {
  const record = new Shape(parseCanonical(text));
  const version = record.member("version").integer(1);
  const changes = record.member("changes");
  const added = changesOf(changes.member("added"), null, "value");
  const deleted = changesOf(changes.member("deleted"), "old_value", null);
  const modified = changesOf(changes.member("modified"), "old_value", "new_value");
  const keys = new Set([...added, ...deleted, ...modified].map((change) => change.key));
  if (keys.size !== added.length + deleted.length + modified.length) {
    throw changes.refusal("holds a leaf twice");
  }
  record.member("author").matching(AUTHOR);
  record.member("update_id").matching(AUTHOR);
  record.member("type").string();
  record.member("request").hash();
  record.member("base").integer(0, version - 1);
  timeOf(record.member("timestamp"));
  checkWrites(record.member("superseded"), version, "by", "by_version");
  checkWrites(record.member("overrode"), version, "author", "version");
  return {
    space: record.member("space").space(),
    version,
    committed: timeOf(record.member("committed")),
    previous: record.member("previous").hash(),
    root: record.member("root").hash(),
    added,
    deleted,
    modified,
    leaf: logLeaf(toUtf8(text)),
  };
}

function changesOf(list: Shape, beforeName: string | null, afterName: string | null): LeafChange[] {
  const changes = list.items().map((item) => {
    const key = item.member("key").path();
    const [before, after] = [beforeName, afterName].map((name) => {
      if (name === null) return undefined;
      const value = item.member(name);
      const why = whyNoLeaf(key, value.value);
      if (why !== null) throw value.refusal(why);
      return value.value;
    });
    return { key, before, after };
  });
  // `<` on strings is the order of UTF-16 code units.
  if (changes.some(({ key }, i) => i > 0 && !(changes[i - 1]!.key < key))) throw list.refusal("is not sorted by key");
  return changes;
}

/** The lists of writes that lost: sorted by key, then version; a write has a value or `"deleted":true`. */
function checkWrites(list: Shape, version: number, authorName: string, versionName: string): void {
  let before: { readonly key: string; readonly at: number } | null = null;
  for (const item of list.items()) {
    const key = item.member("key").path(true);
    const at = item.member(versionName).integer(1, version - 1);
    item.member(authorName).matching(AUTHOR);
    const deleted = item.optional("deleted");
    if ((item.optional("value") === null) !== (deleted !== null) || (deleted !== null && deleted.value !== true)) {
      throw item.refusal('has either a value or "deleted":true');
    }
    if (before !== null && (before.key > key || (before.key === key && before.at > at))) {
      throw list.refusal("is not sorted by key, then version");
    }
    before = { key, at };
  }
}

function timeOf(time: Shape): string {
  const text = time.matching(TIME);
  const date = new Date(text);
  if (Number.isNaN(date.getTime()) || date.toISOString() !== text) throw time.refusal("is no time");
  return text;
}
