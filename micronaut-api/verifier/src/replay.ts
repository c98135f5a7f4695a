// SPDX-License-Identifier: Apache-2.0
import { equal, toHex, ZERO_HASH } from "./bytes.js";
import type { Head } from "./checkpoint.js";
import { canonical, JsonError } from "./json.js";
import { Leaves } from "./leaves.js";
import { LogTree } from "./log.js";
import { ancestors } from "./pointer.js";
import { readRecord, type LeafChange, type UpdateRecord } from "./record.js";

/** A log that does not say what its own hashes say. */
export class BrokenLog extends Error {
  constructor(
    /** Version of the record at fault, or the one that was due. */
    readonly version: number,
    readonly detail: string,
  ) {
    super("version " + version + ": " + detail);
    this.name = "BrokenLog";
  }
}

/**
 * A space played again from its log, record by record. Every root is recomputed from the changes alone; what a record
 * says of itself is only compared. Keeps the whole document in memory. After a `BrokenLog` it is of no use.
 */
export class LogReplay {
  private readonly leaves = new Leaves();
  private readonly log = new LogTree();
  private last: UpdateRecord | null = null;

  /** The space's name, once a record was read. */
  get space(): string | null {
    return this.last === null ? null : this.last.space;
  }

  /** Version, state root and log root up to here; version 0 before the first record. */
  get head(): Head {
    return { version: this.log.size, stateRoot: this.leaves.root, logRoot: this.log.root };
  }

  /** Canonical text of the value of each leaf of the document, by pointer. */
  get document(): ReadonlyMap<string, string> {
    return this.leaves.texts;
  }

  /** Plays the next record, one line of the log; throws a `BrokenLog` when it does not follow. */
  append(line: string): UpdateRecord {
    const due = this.log.size + 1;
    const record = this.read(line, due);
    if (record.version !== due) throw new BrokenLog(due, "the log goes on with version " + record.version);
    const space = this.last?.space ?? record.space;
    if (record.space !== space) throw new BrokenLog(due, "a record of " + record.space + " in the log of " + space);
    if (!equal(record.previous, this.last?.leaf ?? ZERO_HASH)) {
      throw new BrokenLog(due, "previous is not the leaf hash of the record before");
    }
    if (this.last !== null && record.committed < this.last.committed) {
      throw new BrokenLog(due, "was committed before the version before");
    }
    this.apply(record);
    if (!equal(this.leaves.root, record.root)) {
      throw new BrokenLog(due, "the state root is " + toHex(this.leaves.root) + ", the record says " + toHex(record.root));
    }
    this.log.append(record.leaf);
    this.last = record;
    return record;
  }

  private read(line: string, due: number): UpdateRecord {
    try {
      return readRecord(line);
    } catch (error) {
      if (error instanceof JsonError) throw new BrokenLog(due, error.message);
      throw error;
    }
  }

  private apply(record: UpdateRecord): void {
    // Removes before it puts, since a leaf may give way to leaves below it.
    for (const change of [...record.deleted, ...record.modified, ...record.added]) {
      this.checkBefore(record.version, change);
      if (change.after === undefined) this.leaves.remove(change.key);
    }
    for (const { key, after } of [...record.modified, ...record.added]) this.leaves.put(key, canonical(after!));
    for (const { key } of record.added) {
      const blocked = this.leaves.hasBelow(key) || ancestors(key).some((above) => this.leaves.texts.has(above));
      if (blocked) throw new BrokenLog(record.version, "a leaf above or below " + key);
    }
  }

  private checkBefore(version: number, change: LeafChange): void {
    const stands = this.leaves.texts.get(change.key);
    const said = change.before === undefined ? undefined : canonical(change.before);
    if (stands !== said) throw new BrokenLog(version, "another value stood at " + change.key);
  }
}

/** Plays a whole log; throws a `BrokenLog` at the first record that does not follow. */
export function replayLog(records: Iterable<string>): Head & { readonly space: string | null } {
  const replay = new LogReplay();
  for (const record of records) replay.append(record);
  return { space: replay.space, ...replay.head };
}
