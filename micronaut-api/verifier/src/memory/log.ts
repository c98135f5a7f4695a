// SPDX-License-Identifier: Apache-2.0
import { KEY_BYTES } from "../ed25519.js";
import { parseHash, toHex, toUtf8, ZERO_HASH, type Hash } from "../bytes.js";
import { canonical, fromPlain, type Json, type JsonObject } from "../json.js";
import { Leaves } from "../leaves.js";
import { logLeaf, LogTree } from "../log.js";
import { sha256 } from "../sha256.js";
import { fromBase64Url } from "../signature.js";
import { effectOf, greater, put, tablesOf, TEXT_FIELDS, writtenBy, type Effect, type Tables } from "./apply.js";
import { millisOf, utf8Length, writerId } from "./ids.js";
import { join } from "./join.js";
import { isOrphan, verdictOf, type Rules } from "./judge.js";
import { authorSignatureHolds, missingOf, NO_NOTE, noteSignatureHolds, readNote, type Note } from "./note.js";
import { documentOf, documentText, emptyState, LEAVES, rootOf, type Memory, type Register, type State } from "./state.js";

/** A note of which a log keeps no bytes, because they are clear text or hold a secret. */
export interface NoteHash {
  /** `0x` and 64 hex digits. */
  readonly hash: string;
  readonly seq: number;
}

/** Notes of one writer, one number after the other, with one signature over the last. */
export interface Push {
  /** The version that the pusher had mirrored, 0 for none. */
  readonly base: number;
  /** 1 to 100 canonical texts; a relay may hand over the hash of a void note in place of its text. */
  readonly notes: readonly (string | NoteHash)[];
  /** Base64url. */
  readonly signature: string;
}

/** Why a note is void, as the record of the log that took it first says. */
export interface Void {
  readonly code: string;
  readonly seq: number;
}

/** What became of one note of a push. */
export type Result =
  | { readonly outcome: "applied"; readonly seq: number; readonly absent?: readonly string[] }
  | { readonly outcome: "void"; readonly seq: number; readonly code: string; readonly offset?: number }
  | { readonly outcome: "known"; readonly seq: number; readonly version: number; readonly code?: string };

/** A value of a push that lost, with the author and the version that stand. */
export interface Lost {
  readonly by: string;
  readonly by_version: number;
  readonly key: string;
  readonly value: Json;
}

/** A value that a push beat and that its author had not seen. */
export interface Beaten {
  readonly author: string;
  readonly key: string;
  readonly value: Json;
  readonly version: number;
}

/** What a hub answers to a push that it took. `root` is the state root of `version`. */
export interface Taken {
  readonly known: boolean;
  readonly results: readonly Result[];
  readonly root: string;
  readonly seen: number;
  readonly superseded: readonly Lost[];
  readonly version: number;
}

/** Why nothing of a push was taken. */
export type Refusal =
  | { readonly code: "protocol" | "unknown-writer" | "bad-signature" | "id-taken" | "forbidden" }
  | { readonly code: "version-ahead" | "clear-text" | "secret" }
  | { readonly code: "gap"; readonly have: number; readonly need?: string }
  | { readonly code: "fork"; readonly seq: number; readonly here: string; readonly yours: string }
  | { readonly code: "fork"; readonly seq: number; readonly state: string };

/** The answer to a push. `record` is the canonical text of the version that it made, null where all was known. */
export type Answer =
  | { readonly answer: Taken; readonly record: string | null }
  | { readonly refused: Refusal };

/** What a log of a collective is made with. */
export interface Creation {
  readonly space: string;
  readonly collective: string;
  /** Author of version 1. */
  readonly author: string;
  /** Milliseconds of the log's clock. */
  readonly clock: number;
  /** Version of the policies that records name, 0 for none. */
  readonly policy: number;
}

/** Rules of a log that takes pushes of its own writers. */
export interface HomeRules extends Rules {
  /**
   * Keys of an author, base64url, which an `author_signature` is checked with. Where this is left out, no
   * `author_signature` is checked.
   */
  readonly authorKeys?: (author: string) => readonly string[];
}

/** What a record decides of the notes that it was made of. */
export interface Decided {
  readonly verdicts: readonly Void[];
  /** Milliseconds of `committed`. */
  readonly clock: number;
  readonly policy: number;
  readonly writer: string;
  /** Of the grid's own writer alone; then no signature is checked. */
  readonly unsigned?: Unsigned;
}

/** What a record of the grid's own writer says in another way: it has no signature and names the client. */
export interface Unsigned {
  readonly author: string;
  readonly request: string;
  readonly update_id: string;
}

interface Row {
  readonly hash: string;
  readonly version: number;
  readonly code: string | null;
}

/** A note of a push; `note` is null where only its hash is there. */
interface Item {
  readonly seq: number;
  readonly hash: string;
  readonly note: Note | null;
}

const MAX_NOTES = 100;
const MAX_PUSH_BYTES = 1_048_576;
const HASH = /^0x[0-9a-f]{64}$/;

const isCount = (value: unknown, from: number): value is number => Number.isSafeInteger(value) && Number(value) >= from;

/**
 * The log of a collective as the hub keeps it: what it answers to a push, and the record that it writes, byte for byte.
 * So whoever has the notes can say what a hub must have answered. Keeps the document and a row for each note in memory.
 */
export class CollectiveLog {
  readonly space: string;
  /** The canonical text of version 1. */
  readonly firstRecord: string;
  private tables: Tables;
  private readonly leaves = new Leaves();
  private readonly tags = new Map<string, number>();
  private readonly tree = new LogTree();
  private readonly roots: string[] = [];
  private readonly rows = new Map<string, (Row | undefined)[]>();
  private readonly joined: { readonly writer: string; readonly to: number; readonly version: number }[] = [];
  private previous: Hash = ZERO_HASH;
  private committed: number;
  private policy: number;

  constructor(creation: Creation) {
    this.space = creation.space;
    this.committed = creation.clock;
    this.policy = creation.policy;
    this.tables = tablesOf(emptyState(creation.collective));
    const { document } = this;
    const leaves = [...document].map(([name, value]) => ["/" + name, canonical(value)] as const);
    this.firstRecord = this.append(new Map(leaves), {
      author: creation.author,
      base: 0,
      request: hashOf(canonical(document)),
      timestamp: this.committed,
      type: "collective",
      update_id: "collective." + creation.collective,
    });
  }

  /** What stands now. It changes with the next push; `tablesOf` copies it. */
  get state(): State {
    return this.tables;
  }

  get version(): number {
    return this.roots.length;
  }

  /** State root of the newest version. */
  get root(): Hash {
    return this.leaves.root;
  }

  /** Root of the history. */
  get logRoot(): Hash {
    return this.tree.root;
  }

  get document(): JsonObject {
    return documentOf(this.tables);
  }

  /** The author of a writer: of one that has joined, or as its note 1 says, or null. */
  authorOf(writer: string, first?: string | NoteHash): string | null {
    const leaf = this.tables.writers.get(writer);
    const note = leaf === undefined && typeof first === "string" ? readNote(first, this.tables.id) : null;
    return leaf?.[0] ?? note?.join?.author ?? null;
  }

  /** Takes a push of a writer whose home this log is. */
  push(push: Push, clock: number, rules: HomeRules): Answer {
    return this.take(push, clock, { rules });
  }

  /**
   * Takes notes that another log took first, with the verdicts of its records. Only envelopes, signature, chain and
   * needs are judged.
   */
  relay(push: Push, verdicts: readonly Void[], clock: number): Answer {
    return this.take(push, clock, { verdicts });
  }

  /**
   * Plays a record's notes again with what the record itself decides: verdicts, clock, policy, and for the grid's own
   * writer, whose notes have no signature, the names in `unsigned`.
   */
  replay(push: Push, record: Decided): Answer {
    this.policy = record.policy;
    return this.take(push, record.clock, record);
  }

  private take(push: Push, clock: number, by: Judges): Answer {
    const refused = (refusal: Refusal): Answer => ({ refused: refusal });
    const verdicts = by.verdicts === undefined ? null : codesOf(by.verdicts);
    const items = this.read(push, verdicts);
    const writer = items?.find((item) => item.note !== null)?.note!.writer ?? by.writer;
    if (items === null || writer === undefined || writer !== (by.writer ?? writer)) return refused({ code: "protocol" });

    const leaf = this.tables.writers.get(writer);
    const [have] = this.tables.seen.get(writer) ?? [0];
    const first = items[0]!;
    const last = items.at(-1)!;
    const introduced = first.note?.join ?? null;
    if (leaf === undefined && introduced === null) return refused({ code: "unknown-writer" });
    if (introduced !== null) {
      const bytes = fromBase64Url(introduced.key, KEY_BYTES, "a key");
      if (writerId(bytes) !== writer) return refused({ code: "bad-signature" });
      if (leaf !== undefined && leaf[1] !== introduced.key) return refused({ code: "id-taken" });
    }
    const [author, key] = leaf ?? [introduced!.author, introduced!.key];
    const isSigned = noteSignatureHolds(key, push.signature, parseHash(last.hash));
    if (by.unsigned === undefined && !isSigned) return refused({ code: "bad-signature" });
    const { rules } = by;
    if (rules !== undefined) {
      if (have === 0 && isFalselyClaimed(first.note!, rules)) return refused({ code: "bad-signature" });
      if (!rules.rolesOf(author).has("writer")) return refused({ code: "forbidden" });
    }
    if (first.seq > have + 1) return refused({ code: "gap", have });
    const fork = this.forkOf(writer, items);
    if (fork !== null) return refused(fork);
    if (last.seq <= have) return { answer: this.knownAnswer(writer, items, have), record: null };
    if (rules !== undefined && leaf !== undefined && leaf[2] !== "active") {
      return refused({ code: "fork", seq: have, state: leaf[2] });
    }
    if (push.base > this.version) return refused({ code: "version-ahead" });

    const committed = Math.max(clock, this.committed);
    const fresh = items.filter((item) => item.seq > have);
    const codes = new Map<number, string>();
    for (const { seq, note } of fresh) {
      let code = verdicts === null ? note!.code : (verdicts.get(seq) ?? null);
      if (code === null && note!.operations === null) return refused({ code: "protocol" });
      if (code === null && rules !== undefined && isOrphan(this.tables, note!)) code = "orphan";
      const need = code === null ? missingOf(this.tables, note!)[0] : undefined;
      if (need !== undefined) return refused({ code: "gap", have, need });
      if (code === null && seq === 1 && rules !== undefined) {
        code = verdictOf(this.tables, note!, effectOf(this.tables, note!, null), author, committed, rules);
        if (code === "clear-text" || code === "secret") return refused({ code });
      }
      if (code !== null) codes.set(seq, code);
    }
    const known = items.filter((item) => item.seq <= have).map((item) => this.knownResult(writer, item.seq));
    return this.join(push, { writer, author, fresh, codes, known, committed, by });
  }

  /** The notes of a push, or null where it is none. */
  private read(push: Push, verdicts: ReadonlyMap<number, string> | null): readonly Item[] | null {
    const { notes, base } = push;
    if (!isCount(base, 0) || notes.length === 0 || notes.length > MAX_NOTES) return null;
    const items: Item[] = [];
    let bytes = 0;
    let writer: string | null = null;
    for (const given of notes) {
      if (typeof given === "string") {
        bytes += given.length > MAX_PUSH_BYTES ? given.length : utf8Length(given);
        const note = bytes > MAX_PUSH_BYTES ? null : readNote(given, this.tables.id);
        if (note === null || (writer !== null && note.writer !== writer)) return null;
        writer = note.writer;
        items.push({ seq: note.seq, hash: note.hash, note });
      } else {
        const { seq, hash } = given;
        if (!isCount(seq, 2) || !HASH.test(hash) || verdicts?.has(seq) !== true) return null;
        items.push({ seq, hash, note: null });
      }
    }
    return items.every((item, i) => item.seq === items[0]!.seq + i) ? items : null;
  }

  /** The first note of a push that another one stands for here, or that does not follow the one before it. */
  private forkOf(writer: string, items: readonly Item[]): Refusal | null {
    const [have, digits] = this.tables.seen.get(writer) ?? [0, ""];
    const rows = this.rows.get(writer) ?? [];
    for (const [i, { seq, hash, note }] of items.entries()) {
      if (seq <= have) {
        const row = rows[seq];
        if (row !== undefined && row.hash !== hash) return { code: "fork", seq, here: row.hash, yours: hash };
        if (row === undefined) {
          // After a join of states only the last hash is there, cut; the chain binds those before it.
          const end = items.find((item) => item.seq === have);
          if (end === undefined) return { code: "gap", have };
          const here = "0x" + digits;
          if (end.hash.slice(0, here.length) !== here) return { code: "fork", seq: have, here, yours: end.hash };
        }
      }
      if (note === null) continue;
      const before = seq === 1 ? NO_NOTE : (items[i - 1]?.hash ?? rows[seq - 1]?.hash);
      const here = before ?? (seq === have + 1 ? "0x" + digits : "");
      if (!note.previous.startsWith(here)) return { code: "fork", seq: seq - 1, here, yours: note.previous };
    }
    return null;
  }

  private knownResult(writer: string, seq: number): Result {
    const row = this.rows.get(writer)?.[seq];
    const version = row?.version ?? this.joined.find((span) => span.writer === writer && span.to >= seq)!.version;
    const code = row?.code ?? null;
    return { outcome: "known", seq, version, ...(code === null ? {} : { code }) };
  }

  private knownAnswer(writer: string, items: readonly Item[], seen: number): Taken {
    const results = items.map(({ seq }) => this.knownResult(writer, seq));
    const { version } = results.at(-1)! as { readonly version: number };
    return { known: true, results, root: this.roots[version - 1]!, seen, superseded: [], version };
  }

  /** Joins the new notes of a push and writes their record. */
  private join(push: Push, { writer, author, fresh, codes, known, committed, by }: Judged): Answer {
    const before = new Map<string, Memory | undefined>();
    const written = new Map<string, Register>();
    const results: Result[] = [];
    const voids: Void[] = [];
    const touched = new Set<string>(["seen/" + writer]);
    const version = this.version + 1;
    let timestamp = committed;
    for (const { seq, hash, note } of fresh) {
      let code = codes.get(seq) ?? null;
      let effect = note === null ? NO_EFFECT : effectOf(this.tables, note, code);
      if (code === null && by.rules !== undefined) {
        code = verdictOf(this.tables, note!, effect, author, committed, by.rules);
        if (code !== null) effect = effectOf(this.tables, note!, code);
      }
      for (const id of effect.memories.keys()) {
        if (!before.has(id)) before.set(id, this.tables.memories.get(id));
      }
      for (const subject of effect.gone) touched.add("gone/" + subject);
      for (const name of effect.writers.keys()) touched.add("writers/" + name);
      put(this.tables, writer, seq, hash, effect);
      this.rowsOf(writer)[seq] = { hash, version, code };
      if (code === null) {
        timestamp = millisOf(note!.stamp);
        collectWrites(note!, written);
        const { absent } = effect;
        results.push({ outcome: "applied", seq, ...(absent.length > 0 ? { absent } : {}) });
      } else {
        voids.push({ code, seq });
        const isAhead = code === "clock-ahead" && note !== null;
        const offset = isAhead ? { offset: millisOf(note.stamp) - committed } : {};
        results.push({ outcome: "void", seq, code, ...offset });
      }
    }
    const { superseded, overrode } = this.lostAndBeaten(writer, push.base, before, written);
    const [from, to] = [fresh[0]!.seq, fresh.at(-1)!.seq];
    const hashes = fresh.map(({ hash }) => hash);
    this.committed = committed;
    const record = this.append(this.changed(before.keys(), touched), {
      author,
      base: push.base,
      request: hashOf(canonical(hashes)),
      timestamp,
      type: "sync",
      update_id: writer + "." + from + "-" + to,
      ...by.unsigned,
      superseded,
      overrode,
      notes: {
        from,
        hash: hashes.at(-1)!,
        signature: by.unsigned === undefined ? push.signature : null,
        to,
        void: voids,
        writer,
      },
    });
    const root = toHex(this.root);
    return { answer: { known: false, results: [...known, ...results], root, seen: to, superseded, version }, record };
  }

  /** Registers that the push wrote in memories that stood before it and stand after it, where another value stood. */
  private lostAndBeaten(
    writer: string,
    base: number,
    before: ReadonlyMap<string, Memory | undefined>,
    written: ReadonlyMap<string, Register>,
  ): { readonly superseded: Lost[]; readonly overrode: Beaten[] } {
    const superseded: Lost[] = [];
    const overrode: Beaten[] = [];
    for (const key of [...written.keys()].sort()) {
      const [, , id, leaf, index] = key.split("/") as [string, string, string, "text" | "vector", string];
      const memory = before.has(id) ? before.get(id) : this.tables.memories.get(id);
      if (memory === undefined || !this.tables.memories.has(id)) continue;
      const stood = leaf === "vector" ? memory.vector : memory.text[Number(index) as 4 | 5 | 6];
      const wrote = written.get(key)!;
      if (stood === undefined || canonical(stood[0]) === canonical(wrote[0])) continue;
      const version = this.tags.get("/m/" + id + "/" + leaf)!;
      const by = this.tables.writers.get(stood[2])![0];
      if (greater(stood, wrote) === stood) superseded.push({ by, by_version: version, key, value: wrote[0] });
      else if (version > base && stood[2] !== writer) overrode.push({ author: by, key, value: stood[0], version });
    }
    return { superseded, overrode };
  }

  /**
   * Joins the state of another log, which is trusted for who wrote what; answers the record.
   *
   * @param author the operator who joins them
   */
  joinState(other: State, author: string, clock: number, policy = this.policy): string {
    const before = this.tables;
    const after = tablesOf(join(before, other));
    const version = this.version + 1;
    for (const [writer, [to, digits]] of after.seen) {
      const [seq, standing] = before.seen.get(writer) ?? [0, ""];
      if (seq === to && standing === digits) continue;
      this.joined.push({ writer, to, version });
      if (seq === to) delete this.rowsOf(writer)[to]; // a fork, and the lesser hash is the other one
    }
    const ids = new Set([...before.memories.keys(), ...after.memories.keys()]);
    const touched = [
      ...[...after.seen.keys()].map((name) => "seen/" + name),
      ...[...after.writers.keys()].map((name) => "writers/" + name),
      ...[...after.gone].map((name) => "gone/" + name),
    ];
    this.tables = after;
    this.committed = Math.max(clock, this.committed);
    this.policy = policy;
    return this.append(this.changed(ids, touched), {
      author,
      base: version - 1,
      request: hashOf(documentText(other)),
      timestamp: this.committed,
      type: "join",
      update_id: "join." + rootDigits(other),
    });
  }

  private rowsOf(writer: string): (Row | undefined)[] {
    let rows = this.rows.get(writer);
    if (rows === undefined) this.rows.set(writer, (rows = []));
    return rows;
  }

  /** The texts of leaves that may have changed; undefined for one that does not stand. */
  private changed(ids: Iterable<string>, touched: Iterable<string>): Map<string, string | undefined> {
    const { gone, memories, seen, writers } = this.tables;
    const after = new Map<string, string | undefined>();
    for (const id of ids) {
      const memory = memories.get(id);
      for (const name of LEAVES) {
        const leaf = memory?.[name];
        after.set("/m/" + id + "/" + name, leaf === undefined ? undefined : canonical(leaf));
      }
    }
    for (const place of touched) {
      const [table, name] = place.split("/") as ["gone" | "seen" | "writers", string];
      const leaf = table === "gone" ? gone.has(name) : table === "seen" ? seen.get(name) : writers.get(name);
      after.set("/" + place, leaf === undefined ? undefined : canonical(leaf));
    }
    for (const [table, { size }] of Object.entries({ gone, m: memories, seen, writers })) {
      after.set("/" + table, size === 0 ? "{}" : undefined);
    }
    return after;
  }

  /** Changes the leaves and writes the record of it. */
  private append(after: ReadonlyMap<string, string | undefined>, said: Said): string {
    const { added, deleted, modified } = this.change(after);
    const version = this.version + 1;
    const root = toHex(this.leaves.root);
    const { notes, superseded, overrode, timestamp, ...members } = said;
    const record = canonical(
      fromPlain({
        ...members,
        changes: { added, deleted, modified },
        committed: timeText(this.committed),
        ...(notes === undefined ? {} : { notes }),
        overrode: overrode ?? [],
        policy: this.policy,
        previous: toHex(this.previous),
        root,
        space: this.space,
        superseded: superseded ?? [],
        timestamp: timeText(timestamp),
        version,
      }),
    );
    this.previous = logLeaf(toUtf8(record));
    this.tree.append(this.previous);
    this.roots.push(root);
    return record;
  }

  private change(after: ReadonlyMap<string, string | undefined>): Changes {
    const changes: Changes = { added: [], deleted: [], modified: [] };
    const { texts } = this.leaves;
    const version = this.version + 1;
    const pointers = [...after.keys()].filter((pointer) => texts.get(pointer) !== after.get(pointer)).sort();
    for (const key of pointers) {
      const [old, text] = [texts.get(key), after.get(key)];
      if (text === undefined) changes.deleted.push({ key, old_value: JSON.parse(old!) });
      else if (old === undefined) changes.added.push({ key, value: JSON.parse(text) });
      else changes.modified.push({ key, new_value: JSON.parse(text), old_value: JSON.parse(old) });
    }
    // Removes before it puts, since `{}` gives way to the leaves below it.
    for (const key of pointers) {
      if (after.get(key) !== undefined) continue;
      this.leaves.remove(key);
      this.tags.delete(key);
    }
    for (const key of pointers) {
      const text = after.get(key);
      if (text === undefined) continue;
      this.leaves.put(key, text);
      this.tags.set(key, version);
    }
    return changes;
  }
}

/** Who decides: the rules of this log, or the verdicts of another. */
interface Judges {
  readonly rules?: HomeRules;
  readonly verdicts?: readonly Void[];
  readonly writer?: string;
  readonly unsigned?: Unsigned;
}

interface Judged {
  readonly writer: string;
  readonly author: string;
  readonly fresh: readonly Item[];
  readonly codes: ReadonlyMap<number, string>;
  readonly known: readonly Result[];
  readonly committed: number;
  readonly by: Judges;
}

/** What a record says besides what the log knows. */
interface Said {
  readonly author: string;
  readonly base: number;
  readonly request: string;
  /** Milliseconds. */
  readonly timestamp: number;
  readonly type: string;
  readonly update_id: string;
  readonly superseded?: readonly Lost[];
  readonly overrode?: readonly Beaten[];
  readonly notes?: unknown;
}

interface Changes {
  readonly added: { readonly key: string; readonly value: unknown }[];
  readonly deleted: { readonly key: string; readonly old_value: unknown }[];
  readonly modified: { readonly key: string; readonly new_value: unknown; readonly old_value: unknown }[];
}

/** What a note does of which only the hash is there. */
const NO_EFFECT: Effect = { memories: new Map(), gone: new Set(), writers: new Map(), absent: [] };

function codesOf(verdicts: readonly Void[]): ReadonlyMap<number, string> {
  return new Map(verdicts.map(({ code, seq }) => [seq, code]));
}

/** Whether a note 1 says that an author's own key signed it, and none did. */
function isFalselyClaimed({ join, collective }: Note, { authorKeys }: HomeRules): boolean {
  if (join?.author_signature === undefined || authorKeys === undefined) return false;
  return !authorKeys(join.author).some((key) => authorSignatureHolds(key, join, collective));
}

/** Keeps the greatest write of each register, by the pointer of its value. */
function collectWrites(note: Note, written: Map<string, Register>): void {
  for (const operation of note.operations!) {
    const register = writtenBy(note, operation);
    if (register === null) continue;
    const place = operation.op === "write" ? "/text/" + TEXT_FIELDS[operation.field] : "/vector";
    const key = "/m/" + (operation as { readonly id: string }).id + place + "/0";
    const standing = written.get(key);
    written.set(key, standing === undefined ? register : greater(standing, register));
  }
}

const hashOf = (text: string): string => toHex(sha256(toUtf8(text)));
const timeText = (millis: number): string => new Date(millis).toISOString();
const rootDigits = (state: State): string => toHex(rootOf(state)).slice(2, 34);
