// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../bytes.js";
import { documentRoot } from "../document.js";
import { fromPlain, isObject, lookUp, parseJson, toPlain, type Json } from "../json.js";
import { segments } from "../pointer.js";
import { documentText } from "../recompute.js";
import { BrokenLog, LogReplay } from "../replay.js";
import { Closed, OtherHistory, Problem, ServerIsWrong } from "./errors.js";
import type { EventOptions, SpaceEvent } from "./events.js";
import { pointerOf } from "./paths.js";
import type { Checkpoint, Finality, Head, PlainJson, Reading, Update } from "./types.js";

/** What a replica asks of its space. */
export interface ReplicaSource {
  readonly name: string;
  readonly warn: (warning: string) => void;
  events(options: EventOptions): AsyncGenerator<SpaceEvent, void, void>;
  head(): Promise<Head>;
  read(path: string, options: { readonly at: number; readonly reserved: boolean }): Promise<Reading>;
  finality(version: number): Promise<Finality>;
  checkpoint(number: number): Promise<Checkpoint>;
}

export interface ReplicaOptions {
  /** Called once, when the server is wrong or has another history now. Without it the error goes to `console.error`. */
  readonly onWrong?: (error: ServerIsWrong | OtherHistory) => void;
  /** Called for each version, after its root was recomputed and is the record's. */
  readonly onUpdate?: (update: Update) => void;
  /** `false`: the heads of checkpoints are not compared. */
  readonly checkpoints?: boolean;
  readonly signal?: AbortSignal;
}

interface Roots {
  readonly root: string;
  readonly logRoot: string;
}

/** How many versions back the roots are kept, to be compared with heads and checkpoints. */
const KEPT_ROOTS = 4_096;

const RESERVED = "_mnemogrid";

/**
 * A space as its records make it, from the first one on. Every root, the chain of `previous` and the id of every event
 * are recomputed; what the server says is only compared. Throws `ServerIsWrong` at the first difference.
 */
export class VerifiedCopy {
  private readonly replay = new LogReplay();
  private readonly roots = new Map<number, Roots>();
  private document: { readonly version: number; readonly json: Json } | null = null;

  constructor(readonly space: string) {}

  get version(): number {
    return this.replay.head.version;
  }

  get root(): string {
    return toHex(this.replay.head.stateRoot);
  }

  get logRoot(): string {
    return toHex(this.replay.head.logRoot);
  }

  /** Plays the next record, given as the text and the id of its event. */
  play(text: string, id: string): void {
    const due = this.version + 1;
    let record;
    try {
      record = this.replay.append(text);
    } catch (error) {
      if (error instanceof BrokenLog) throw this.wrong(error.version, error.detail);
      throw error;
    }
    if (record.space !== this.space) throw this.wrong(due, "its record is of the space " + record.space);
    const mine = due + "." + toHex(record.leaf).slice(2, 18);
    if (id !== mine) throw this.wrong(due, "its record has the id " + mine + ", the server says " + id);
    this.roots.set(due, { root: this.root, logRoot: this.logRoot });
    this.roots.delete(due - KEPT_ROOTS);
  }

  /** Compares what a head or a checkpoint says of a version. False where its roots are not kept any more, or not yet. */
  compare(version: number, root: string, logRoot: string, who: string): boolean {
    const mine = this.roots.get(version);
    if (mine === undefined) return false;
    if (root !== mine.root) throw this.wrong(version, "the state root is " + mine.root + ", " + who + " says " + root);
    if (logRoot !== mine.logRoot) throw this.wrong(version, "the log root is " + mine.logRoot + ", " + who + " says " + logRoot);
    return true;
  }

  /** Compares a whole document, with what is reserved, as the server shows it at a version. */
  compareDocument(version: number, document: PlainJson): boolean {
    const mine = this.roots.get(version);
    if (mine === undefined) return false;
    const json = fromPlain(document);
    const root = isObject(json) ? toHex(documentRoot(json)) : "of no document";
    if (root !== mine.root) throw this.wrong(version, "the state root is " + mine.root + ", that of the document shown is " + root);
    return true;
  }

  /** What stands at a path; undefined where nothing does. */
  find(path: string): PlainJson | undefined {
    const names = segments(pointerOf(path));
    const found = lookUp(this.whole(), names);
    if (found === undefined) return undefined;
    const plain = toPlain(found) as PlainJson;
    if (names.length > 0) return plain;
    const { [RESERVED]: _, ...rest } = plain as { [name: string]: PlainJson };
    return rest;
  }

  private whole(): Json {
    const { version } = this;
    if (this.document?.version !== version) {
      this.document = { version, json: parseJson(documentText(this.replay.document)) };
    }
    return this.document.json;
  }

  private wrong(version: number, detail: string): ServerIsWrong {
    return new ServerIsWrong(this.space, version, detail);
  }
}

/** Each version of a space, once the copy has it and its root was recomputed. */
export async function* followVerified(
  source: ReplicaSource,
  options: Omit<ReplicaOptions, "onWrong" | "onUpdate"> = {},
): AsyncGenerator<{ readonly update: Update; readonly copy: VerifiedCopy }, void, void> {
  const copy = new VerifiedCopy(source.name);
  for await (const event of source.events({ since: 0, ...(options.signal === undefined ? {} : { signal: options.signal }) })) {
    if (event.event === "commit") {
      copy.play(event.text, event.id);
      yield { update: event.update, copy };
    } else if (event.event === "checkpoint" && options.checkpoints !== false) {
      await compareCheckpoint(source, copy, event.data.finalized_version, options.signal);
    }
  }
}

/** A checkpoint that cannot be read now is compared no more; the next one is. */
async function compareCheckpoint(
  source: ReplicaSource,
  copy: VerifiedCopy,
  version: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const { checkpoint: number } = await source.finality(version);
    if (number === null) return;
    const head = (await source.checkpoint(number)).spaces[source.name];
    if (head !== undefined) copy.compare(head.version, head.state_root, head.log_root, "checkpoint " + number);
  } catch (error) {
    if (error instanceof ServerIsWrong) throw error;
    if (error instanceof Closed || signal?.aborted === true) return;
    source.warn("a checkpoint of " + source.name + " was not compared: " + String(error));
  }
}

/** A live copy of a space that was checked at each version. It begins to follow when it is made. */
export class Replica {
  /** Resolves when the replica is closed; rejects with what ended it. */
  readonly done: Promise<void>;
  private readonly stop = new AbortController();
  private copy: VerifiedCopy;
  private failure: unknown = null;
  private isOver = false;
  private readonly waiters = new Set<() => void>();

  constructor(
    private readonly source: ReplicaSource,
    private readonly options: ReplicaOptions = {},
  ) {
    this.copy = new VerifiedCopy(source.name);
    options.signal?.addEventListener("abort", () => this.close(), { once: true });
    if (options.signal?.aborted === true) this.close();
    this.done = this.run();
    this.done.catch(() => undefined); // it was said loudly already, and every call says it again
  }

  get version(): number {
    return this.checked().version;
  }

  /** The state root of that version, recomputed here. */
  get root(): string {
    return this.checked().root;
  }

  get logRoot(): string {
    return this.checked().logRoot;
  }

  /** What stands at a path, the whole document without one; undefined where nothing does. Asks no server. */
  find(path = ""): PlainJson | undefined {
    return this.checked().find(path);
  }

  /** Resolves when the replica has a version. */
  async reached(version: number): Promise<void> {
    while (this.checked().version < version) {
      if (this.isOver) throw new Error("the replica of " + this.source.name + " is closed");
      await new Promise<void>((resolve) => this.waiters.add(resolve));
    }
  }

  /**
   * Follows up to the server's head, and compares that head and the document that the server shows there. Returns the
   * version that was compared.
   */
  async check(): Promise<number> {
    const head = await this.source.head();
    await this.reached(head.version);
    if (head.version === 0) return 0;
    try {
      this.copy.compare(head.version, head.root, head.log_root, "the head");
      const { value } = await this.source.read("", { at: head.version, reserved: true });
      this.checked().compareDocument(head.version, value);
    } catch (error) {
      if (error instanceof ServerIsWrong) this.fail(error);
      throw error;
    }
    return head.version;
  }

  close(): void {
    this.stop.abort(new Error("the replica is closed"));
  }

  private async run(): Promise<void> {
    try {
      const { checkpoints } = this.options;
      const options = { signal: this.stop.signal, ...(checkpoints === undefined ? {} : { checkpoints }) };
      for await (const { update, copy } of followVerified(this.source, options)) {
        if (this.failure !== null) break;
        this.copy = copy;
        this.wake();
        this.options.onUpdate?.(update);
      }
    } catch (error) {
      this.fail(error);
    }
    this.isOver = true;
    this.wake();
    if (this.failure !== null) throw this.failure;
  }

  private fail(error: unknown): void {
    if (this.failure !== null) return;
    this.failure = error;
    this.close();
    this.wake();
    const isLoud = error instanceof ServerIsWrong || error instanceof OtherHistory;
    if (isLoud && this.options.onWrong !== undefined) this.options.onWrong(error);
    else if (isLoud) console.error("mnemogrid: " + error.message);
    else this.source.warn("the replica of " + this.source.name + " ended: " + reasonOf(error));
  }

  private checked(): VerifiedCopy {
    if (this.failure !== null) throw this.failure;
    return this.copy;
  }

  private wake(): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    waiters.forEach((wake) => wake());
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Problem && error.hint !== "") return error.message + " (" + error.hint + ")";
  return error instanceof Error ? error.message : String(error);
}
