// SPDX-License-Identifier: Apache-2.0
import { canonical, fromPlain } from "../json.js";
import { jsonOf, objectOf, tagOf } from "./answers.js";
import { BadAnswer, Behind, MnemogridError, OutcomeUnknown, Problem } from "./errors.js";
import { follow, type EventOptions, type SpaceEvent } from "./events.js";
import { Finalities } from "./finality.js";
import { newUpdateId } from "./ids.js";
import { FactProof } from "./proof.js";
import type { Signing } from "./signer.js";
import { followVerified, Replica, type ReplicaOptions, type VerifiedCopy } from "./replica.js";
import { GaveUp, problemOf, type Answer, type Request, type Transport } from "./transport.js";
import { runTurn, type Turn, type TurnOptions, type TurnResult } from "./turn.js";
import type {
  Blame, Changes, Checkpoint, CommitResult, Finality, Head, PatchStep, PlainJson, Reading, Summary, Update,
} from "./types.js";
import { Backoff, sleep } from "./waiting.js";

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** In place of the client's. */
  readonly deadlineMillis?: number;
}

export interface ReadOptions extends CallOptions {
  /** A version, or an RFC 3339 time for the last version that was committed by then. */
  readonly at?: number | string;
  readonly view?: "latest" | "finalized";
  /** With what the product itself keeps in the document; a root covers it. */
  readonly reserved?: boolean;
}

/** What every write takes. */
export interface WriteOptions extends CallOptions {
  readonly author?: string;
  readonly type?: string;
  /** The name of this write, new in its space. A repeated one is applied once. */
  readonly updateId?: string;
  /** The ETag of the head that it goes onto, several with commas, or `*`. */
  readonly ifMatch?: string;
  /** Writes what is set without the secrets in it, where it would be refused for them. */
  readonly redact?: boolean;
}

export interface CommitOptions extends WriteOptions {
  /** The version that the author has seen; the head, read right before, when left out. */
  readonly base?: number;
  /** The log leaf hash of `base`, `0x…`. */
  readonly baseHash?: string;
  /** Refuses it all where anything that it concerns was changed unseen. */
  readonly strict?: boolean;
  /** Further paths that count under `strict`. */
  readonly reads?: readonly string[];
  /** RFC 3339; now when left out. */
  readonly timestamp?: string;
  /** Answers with what lies between `base` and the new version. */
  readonly missed?: boolean;
}

export interface ComputeOptions<T extends PlainJson = PlainJson> extends WriteOptions {
  /** Begins with this where nothing stands; without it `undefined` is handed over. */
  readonly otherwise?: T;
}

/** What a conditional loop left. */
export interface Computed<T extends PlainJson = PlainJson> {
  /** What stands at the path; undefined where nothing does. */
  readonly value: T | undefined;
  readonly version: number;
  /** Null where the value was right already, and nothing was written. */
  readonly result: CommitResult | null;
  /** How often others were quicker. */
  readonly retries: number;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Makes a space without asking for it. */
export function newSpace(
  transport: Transport,
  name: string,
  author: string | undefined,
  warn: (warning: string) => void,
  signing: Signing | null,
): Space {
  if (!NAME.test(name)) throw new RangeError("a space's name is a lower-case letter or digit and up to 63 of a-z0-9._-");
  return new Space(transport, name, author, warn, signing);
}

/**
 * A space at the members of a client. It remembers the newest version that it was shown, so that a member that is
 * behind is asked again instead of believed.
 */
export class Space {
  private shown = 0;
  /** The member that last showed as much as was shown before. */
  private member = -1;
  private readonly finalities: Finalities;

  /** @internal by way of `Client.space` */
  constructor(
    private readonly transport: Transport,
    readonly name: string,
    private readonly author: string | undefined,
    readonly warn: (warning: string) => void,
    private readonly signing: Signing | null,
  ) {
    this.finalities = new Finalities(this, transport.whenClosed);
  }

  /** @internal the address of a call on this space */
  path(rest: string): string {
    return "/v1/spaces/" + this.name + rest;
  }

  // Reads

  /** Head: version, roots, and how far it is final. */
  async head(options: CallOptions = {}): Promise<Head> {
    // The grid is checked before the version. A member of another grid is refused and not waited for.
    const look = (answer: Answer): void => this.signing?.saw(objectOf<Head>(answer, "version").grid);
    const answer = await this.current({ method: "GET", path: this.path(""), ...call(options) }, look);
    return { ...objectOf<Head>(answer, "version", "root", "log_root"), etag: tagOf(answer).etag };
  }

  /**
   * What stands at a path, the whole document without one; a `Problem` `nothing-there` where nothing does. Nobody checks
   * that it is a `T`.
   */
  async get<T extends PlainJson = PlainJson>(path = "", options: ReadOptions = {}): Promise<T> {
    return (await this.read(path, options)).value as T;
  }

  /** As `get`, with undefined where nothing stands. */
  async find<T extends PlainJson = PlainJson>(path: string, options: ReadOptions = {}): Promise<T | undefined> {
    try {
      return await this.get<T>(path, options);
    } catch (error) {
      if (error instanceof Problem && error.code === "nothing-there") return undefined;
      throw error;
    }
  }

  /** As `get`, with the version that was read and its ETag. */
  async read(path = "", options: ReadOptions = {}): Promise<Reading> {
    const request: Request = {
      method: "GET",
      path: this.path("/state"),
      query: {
        path: path === "" ? undefined : path,
        at: options.at,
        view: options.view,
        reserved: options.reserved === true ? "yes" : undefined,
      },
      ...call(options),
    };
    const isOld = options.at !== undefined || options.view === "finalized";
    const answer = isOld ? await this.caughtUp(request) : await this.current(request);
    return { value: jsonOf(answer), ...tagOf(answer) };
  }

  /** What a bot puts into its prompt: summary and policies, at one version. */
  async summary(options: CallOptions = {}): Promise<Summary> {
    const answer = await this.current({ method: "GET", path: this.path("/summary"), ...call(options) });
    return { ...objectOf<Summary>(answer, "version", "summary", "policies"), etag: tagOf(answer).etag };
  }

  /** The records after a version, oldest first, up to the head; pages are read as they are needed. */
  updates(since = 0, options: CallOptions = {}): AsyncGenerator<Update, void, void> {
    return this.pages("/updates", { limit: 500 }, "since", since, options);
  }

  /** The record of an update id, or null: not there yet. */
  async findUpdate(updateId: string, options: CallOptions = {}): Promise<Update | null> {
    const query = { update_id: updateId };
    const answer = await this.transport.ask({ method: "GET", path: this.path("/updates"), query, ...call(options) });
    return objectOf<Page>(answer, "items").items[0] ?? null;
  }

  /** The records that changed something at, above or below a path, oldest first. */
  history(path = "", options: CallOptions = {}): AsyncGenerator<Update, void, void> {
    return this.pages("/history", { limit: 500, path: path === "" ? undefined : path }, "cursor", undefined, options);
  }

  /** The newest leaf at or below a path, and the record that set it. */
  async blame(path = "", options: CallOptions = {}): Promise<Blame> {
    const query = { path: path === "" ? undefined : path };
    return objectOf<Blame>(await this.caughtUp({ method: "GET", path: this.path("/blame"), query, ...call(options) }), "leaf", "update");
  }

  /** The JSON Patch that makes version `from` version `to`, or the head. */
  async diff(from: number, to?: number, options: CallOptions = {}): Promise<readonly PatchStep[]> {
    const answer = await this.caughtUp({ method: "GET", path: this.path("/diff"), query: { from, to }, ...call(options) });
    const steps = jsonOf(answer);
    if (!Array.isArray(steps)) throw new BadAnswer("a difference that is no list");
    return steps as PatchStep[];
  }

  /** How far a version, the head's when left out, has come towards the chain. */
  async finality(version?: number, options: CallOptions = {}): Promise<Finality> {
    const query = { version };
    return objectOf<Finality>(await this.transport.ask({ method: "GET", path: this.path("/finality"), query, ...call(options) }), "status", "version");
  }

  /** A checkpoint by its number, or the newest one. What a member says of it is no proof: see docs/proofs.md. */
  async checkpoint(number: number | "latest"): Promise<Checkpoint> {
    return readCheckpoint(this.transport, number);
  }

  /** Resolves when a version is final. It listens to the space's events, and asks every 30 s besides. */
  final(version: number, signal?: AbortSignal): Promise<Finality> {
    return this.finalities.of(version, signal);
  }

  /**
   * A proof of what stands at a path, or that nothing does, to be checked without any server. With `waitMillis` it is
   * asked for until a checkpoint covers the version.
   */
  async factProof(
    path: string,
    options: CallOptions & { readonly at?: number | string; readonly waitMillis?: number } = {},
  ): Promise<FactProof> {
    const until = Date.now() + (options.waitMillis ?? 0);
    for (;;) {
      try {
        const query = { path, at: options.at };
        const answer = await this.caughtUp({ method: "GET", path: this.path("/proofs/fact"), query, ...call(options) });
        return new FactProof(answer.text, this.name, path, options.at);
      } catch (error) {
        const isEarly = error instanceof Problem && error.code === "not-checkpointed";
        if (!isEarly || Date.now() + 1_000 > until) throw error;
        await sleep(1_000, options.signal);
      }
    }
  }

  // Writes

  /** Commits what `changes` says; returns when it is durable. A part that loses is in `superseded` of the result. */
  async commit(changes: Changes, options: CommitOptions = {}): Promise<CommitResult> {
    const author = this.authorOf(options);
    const base = options.base ?? (await this.head(call(options))).version;
    const updateId = options.updateId ?? newUpdateId();
    const delta = {
      author,
      base,
      changes: spelled(changes),
      timestamp: options.timestamp ?? new Date().toISOString(),
      type: options.type ?? "commit",
      update_id: updateId,
      ...(options.baseHash === undefined ? {} : { base_hash: options.baseHash }),
      ...(options.strict === undefined ? {} : { strict: options.strict }),
      ...(options.reads === undefined ? {} : { reads: options.reads }),
    };
    const body = await this.written(delta, options);
    return this.write("POST", "/updates", "application/json", body, updateId, options, options.missed === true);
  }

  /** Sets one path. */
  set(path: string, value: PlainJson, options: CommitOptions = {}): Promise<CommitResult> {
    return this.commit({ set: new Map([[path, value]]) }, options);
  }

  /** Deletes what stands at a path and below it. */
  delete(path: string, options: CommitOptions = {}): Promise<CommitResult> {
    return this.commit({ delete: [path] }, options);
  }

  /** Plays a patch on the head: a JSON Patch (RFC 6902) when it is a list, else a merge patch (RFC 7396). */
  patch(
    patch: readonly PatchStep[] | { readonly [name: string]: PlainJson },
    options: WriteOptions = {},
  ): Promise<CommitResult> {
    const type = Array.isArray(patch) ? "application/json-patch+json" : "application/merge-patch+json";
    const body = canonical(fromPlain(patch));
    return this.write("PATCH", "/state", type, body, options.updateId ?? newUpdateId(), options, false);
  }

  /** Makes the document that of an earlier version, 0 for the empty one, as a new version. */
  rollback(to: number, options: WriteOptions & { readonly timestamp?: string } = {}): Promise<CommitResult> {
    const updateId = options.updateId ?? newUpdateId();
    const body = canonical(
      fromPlain({
        to,
        author: this.authorOf(options),
        update_id: updateId,
        ...(options.type === undefined ? {} : { type: options.type }),
        ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
      }),
    );
    return this.write("POST", "/rollback", "application/json", body, updateId, options, false);
  }

  /**
   * Sets a path to what `fn` makes of what stands there, on that very head, and plays `fn` again where another was
   * quicker. `fn` has no effects of its own; undefined deletes, and the value that it was given writes nothing.
   */
  async compute<T extends PlainJson = PlainJson>(
    path: string,
    fn: (value: T | undefined) => T | undefined | Promise<T | undefined>,
    options: ComputeOptions<T> = {},
  ): Promise<Computed<T>> {
    if (options.ifMatch !== undefined || options.updateId !== undefined) {
      throw new TypeError("compute makes its own condition and ids");
    }
    const deadline = Date.now() + (options.deadlineMillis ?? this.transport.deadlineMillis);
    const backoff = new Backoff(10, 1_000);
    for (let retries = 0; ; retries++) {
      const reading = await this.readOrNothing(path, options);
      const { version, etag } = reading;
      const stands = reading.value as T | undefined;
      const value = await fn(stands === undefined ? options.otherwise : stands);
      if (textOf(value) === textOf(stands)) return { value: stands, version, result: null, retries };
      try {
        const changes: Changes = value === undefined ? { delete: [path] } : { set: new Map([[path, value]]) };
        const result = await this.commit(changes, { type: "compute", ...options, base: version, ifMatch: etag });
        return { value, version: result.version, result, retries };
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 412) throw error;
        const { current } = error.members as { current?: { version?: number } };
        this.heardOf(current?.version ?? 0);
        const pause = backoff.pause();
        if (Date.now() + pause > deadline) throw error;
        await sleep(pause, options.signal);
      }
    }
  }

  // Following

  /** Every version once, in order, until it is closed; resumes by itself after a lost connection. */
  events(options: EventOptions = {}): AsyncGenerator<SpaceEvent, void, void> {
    return follow(this.transport, this.name, options);
  }

  /**
   * What stands at a path, now and whenever it was changed, for who cannot hold a stream open. It asks every 5 s and
   * may pass over versions between.
   */
  async *poll(
    path = "",
    options: { readonly everyMillis?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Reading & { readonly value: PlainJson | undefined }, void, void> {
    let before: { readonly version: number; readonly text: string } | null = null;
    for (;;) {
      const reading: Reading | (Omit<Reading, "value"> & { value: undefined }) = await this.readOrNothing(path, options);
      const text = textOf(reading.value);
      if (before === null || (reading.version !== before.version && text !== before.text)) {
        yield reading as Reading;
      }
      before = { version: reading.version, text };
      try {
        await sleep(options.everyMillis ?? STATE_POLL_MILLIS, options.signal);
      } catch (error) {
        if (options.signal?.aborted === true) return;
        throw error;
      }
    }
  }

  /**
   * Each version with a copy of the space that has it, once its root was recomputed; the copy is the same one each
   * time. Throws `ServerIsWrong` at the first difference.
   */
  follow(
    options: Omit<ReplicaOptions, "onWrong" | "onUpdate"> = {},
  ): AsyncGenerator<{ readonly update: Update; readonly copy: VerifiedCopy }, void, void> {
    return followVerified(this, options);
  }

  /** Keeps a copy of the space, and recomputes the root of each version of it from the first one on. */
  replica(options: ReplicaOptions = {}): Replica {
    return new Replica(this, options);
  }

  /**
   * One turn of a bot: reads summary and policies at one version, runs `fn`, and commits what it set on that base.
   * Resolves when that is durable and never waits for the chain.
   */
  turn<T>(fn: (turn: Turn) => T | Promise<T>, options: TurnOptions = {}): Promise<TurnResult<T>> {
    return runTurn(this, fn, options);
  }

  // What the calls have in common

  /** A read of the head; a member that shows less than was shown before is asked again, or another one. */
  private async current(request: Request, look: (answer: Answer) => void = () => undefined): Promise<Answer> {
    const seen = this.shown;
    const until = Date.now() + Math.min(5_000, request.deadlineMillis ?? this.transport.deadlineMillis);
    const backoff = new Backoff(20, 500);
    for (;;) {
      const answer = await this.transport.ask(request);
      look(answer);
      const { version } = tagOf(answer);
      this.saw(version);
      if (version >= seen) return answer;
      if (Date.now() > until) throw new Behind(this.name, version, seen);
      this.transport.turnAway();
      await sleep(backoff.pause(), request.signal);
    }
  }

  /** A read whose answer names no head: another member than before must first show as much as was shown before. */
  private async caughtUp(request: Request): Promise<Answer> {
    for (let round = 1; ; round++) {
      if (this.shown > 0 && this.member !== this.transport.member) await this.head(call(request));
      const { member } = this.transport;
      const answer = await this.transport.ask(request);
      if (this.shown === 0 || this.transport.member === member || round === 5) return answer;
    }
  }

  private async readOrNothing(
    path: string,
    options: CallOptions,
  ): Promise<Omit<Reading, "value"> & { readonly value: PlainJson | undefined }> {
    try {
      return await this.read(path, call(options));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "nothing-there") throw error;
    }
    // The refusal names no version, so one is taken, and what stands at that.
    const { version, etag } = await this.head(call(options));
    return { version, etag, value: await this.find(path, { ...call(options), at: version }) };
  }

  private async *pages(
    rest: string,
    query: Readonly<Record<string, string | number | undefined>>,
    cursorName: string,
    first: number | undefined,
    options: CallOptions,
  ): AsyncGenerator<Update, void, void> {
    for (let cursor: number | null | undefined = first; cursor !== null; ) {
      const request: Request = { method: "GET", path: this.path(rest), query: { ...query, [cursorName]: cursor }, ...call(options) };
      const page: Page = objectOf<Page>(await this.caughtUp(request), "items", "next");
      yield* page.items;
      cursor = page.next;
    }
  }

  /** Canonical, so that the same arguments are the same request, whose bytes the id stands for; signed where that is due. */
  private async written(delta: Readonly<Record<string, unknown>>, options: CallOptions): Promise<string> {
    const { signing } = this;
    if (signing === null || signing.author !== delta.author) return canonical(fromPlain(delta));
    if (!signing.hasGrid) await this.head(call(options));
    return signing.signed(this.name, delta);
  }

  /** Sends a write under one id until its outcome is known. */
  private async write(
    method: "POST" | "PATCH",
    rest: string,
    contentType: string,
    body: string,
    updateId: string,
    options: WriteOptions,
    missed: boolean,
  ): Promise<CommitResult> {
    const prefer = [...(missed ? [] : ["return=minimal"]), ...(options.redact === true ? ["redact"] : [])];
    const request: Request = {
      method,
      path: this.path(rest),
      headers: {
        "Content-Type": contentType,
        "Idempotency-Key": updateId,
        "If-Match": options.ifMatch,
        Prefer: prefer.length === 0 ? undefined : prefer.join(", "),
        ...(method === "PATCH" ? { "Mnemogrid-Author": options.author ?? this.author, "Mnemogrid-Type": options.type } : {}),
      },
      body,
      check: (answer) => void resultOf(answer, updateId),
      ...call(options),
    };
    const settled = async () => {
      try {
        return await this.transport.settle(request);
      } catch (error) {
        if (error instanceof GaveUp) throw new OutcomeUnknown(this.name, updateId, error.cause);
        if (error instanceof MnemogridError) throw new OutcomeUnknown(this.name, updateId, error);
        throw error; // what the platform refuses to send
      }
    };
    let { answer, uncertain } = await settled();
    if (answer.status >= 400 && uncertain && (await this.isInTheLog(updateId, problemOf(answer), options))) {
      // An earlier sending of this id got in after this one was refused: its answer is there now.
      ({ answer, uncertain } = await settled());
    }
    if (answer.status >= 400) throw problemOf(answer);
    const result = resultOf(answer, updateId);
    this.saw(result.version);
    return result;
  }

  /** A refusal speaks of its own sending alone, so after one whose outcome is open the log is asked. */
  private async isInTheLog(updateId: string, refusal: MnemogridError, options: CallOptions): Promise<boolean> {
    try {
      return (await this.findUpdate(updateId, call(options))) !== null;
    } catch {
      throw new OutcomeUnknown(this.name, updateId, refusal);
    }
  }

  /** A version that is there, though no member has shown it to this client yet. */
  private heardOf(version: number): void {
    if (version <= this.shown) return;
    this.shown = version;
    this.member = -1;
  }

  private saw(version: number): void {
    if (version < this.shown) return;
    this.shown = version;
    this.member = this.transport.member;
  }

  private authorOf(options: WriteOptions): string {
    const author = options.author ?? this.author;
    if (author === undefined) throw new TypeError("nobody is named as author, neither by the client nor by this call");
    return author;
  }
}

/** A checkpoint, as a member says it. */
export async function readCheckpoint(transport: Transport, number: number | "latest"): Promise<Checkpoint> {
  if (number !== "latest" && !Number.isSafeInteger(number)) throw new RangeError("a checkpoint has a number");
  return objectOf<Checkpoint>(await transport.ask({ method: "GET", path: "/v1/checkpoints/" + number }), "number", "hash", "spaces");
}

/** How often who polls asks for a state. */
export const STATE_POLL_MILLIS = 5_000;

interface Page {
  readonly items: readonly Update[];
  readonly next: number | null;
}

function call(options: { readonly signal?: AbortSignal | undefined; readonly deadlineMillis?: number | undefined }): { signal?: AbortSignal; deadlineMillis?: number } {
  const { signal, deadlineMillis } = options;
  return { ...(signal === undefined ? {} : { signal }), ...(deadlineMillis === undefined ? {} : { deadlineMillis }) };
}

function resultOf(answer: Answer, updateId: string): CommitResult {
  const said = objectOf<CommitResult>(answer, "outcome", "version", "update_id");
  if (said.update_id !== updateId) throw new BadAnswer("an answer about the update " + said.update_id);
  const empty = { applied: [], superseded: [], overrode: [], duplicate: false, first_version: said.version };
  return { ...empty, ...said, etag: answer.headers.get("ETag") };
}

function textOf(value: PlainJson | undefined): string {
  return value === undefined ? "" : canonical(fromPlain(value));
}

/** The changes as a delta spells them; what stood is named where the caller says what was seen. */
function spelled({ set, delete: deleted, was }: Changes): Record<string, readonly unknown[]> {
  const seen = new Map(entries(was));
  const old = (key: string): { old_value?: PlainJson } => (seen.has(key) ? { old_value: seen.get(key)! } : {});
  const sets = entries(set);
  const lists: Record<string, readonly unknown[]> = {
    added: sets.filter(([key]) => !seen.has(key)).map(([key, value]) => ({ key, value })),
    modified: sets.filter(([key]) => seen.has(key)).map(([key, value]) => ({ key, new_value: value, ...old(key) })),
    deleted: (deleted ?? []).map((key) => ({ key, ...old(key) })),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}

function entries(values: Changes["set"]): (readonly [string, PlainJson])[] {
  if (values === undefined) return [];
  return values instanceof Map ? [...values] : Object.entries(values as Readonly<Record<string, PlainJson>>);
}
