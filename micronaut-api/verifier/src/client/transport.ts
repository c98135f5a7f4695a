// SPDX-License-Identifier: Apache-2.0
import { BadAnswer, Closed, MnemogridError, Problem, Unreachable } from "./errors.js";
import type { Signer } from "./signer.js";
import { Backoff, retryAfterSeconds, sleep } from "./waiting.js";

/** Most bytes of one answer, unpacked, and of one event. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface ClientOptions {
  /** Without it the variable MNEMOGRID_KEY, where there is one; `null`: no key at all. */
  readonly key?: string | null;
  /** Who writes, where a call does not say. */
  readonly author?: string;
  /**
   * Signs every commit of `author`, not those of an author that a call names instead (docs/authors.md): a `Signer`, its
   * 32 bytes, or the text of its PEM file.
   */
  readonly signer?: Signer | Uint8Array | string;
  /** The id of the grid that is signed for, 32 hex digits. Without it the first answer says it; see `OtherGrid`. */
  readonly grid?: string;
  /** Time for one request and its answer; 35 s, since a member may let a request wait for 30 s. */
  readonly timeoutMillis?: number;
  /** Time in which a call is tried again; 60 s. */
  readonly deadlineMillis?: number;
  /** Lets a key go over http to a host that is no loopback. */
  readonly allowInsecure?: boolean;
  /** Where warnings go, as that of a long summary; `console.warn` when left out. */
  readonly onWarning?: (warning: string) => void;
  /** In place of the platform's `fetch`, for tests and proxies. */
  readonly fetch?: typeof fetch;
}

export interface Request {
  readonly method: "GET" | "PUT" | "POST" | "PATCH";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMillis?: number | undefined;
  /** Throws a `BadAnswer` for a 2xx that does not say what it must; then the request is not settled. */
  readonly check?: (answer: Answer) => void;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** An answer that settles its request, and whether an earlier sending of it may have been carried out. */
export interface Settled {
  readonly answer: Answer;
  readonly uncertain: boolean;
}

/** The deadline came, or the caller ended it, before an answer settled the request. */
export class GaveUp extends MnemogridError {
  override readonly name = "GaveUp";

  constructor(override readonly cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause));
  }
}

/** A connection that did not bring a whole answer. */
export class Lost extends MnemogridError {
  override readonly name = "Lost";
}

interface Sending {
  readonly url: string;
  readonly init: RequestInit;
}

/** Damage that does not mend itself: asking again is of no use. */
const DAMAGED = new Set(["log-damaged", "checkpoint-damaged", "trail-altered"]);
/** Refusals of a kind of request, though their statuses are among the 5xx. */
const FINAL_5XX = new Set([501, 505, 507]);
const AGAIN_4XX = new Set([408, 425, 429]);

/** Sends requests to one member of several, and to another one when that does not answer. */
export class Transport {
  readonly timeoutMillis: number;
  readonly deadlineMillis: number;
  private readonly urls: readonly URL[];
  /** Hidden from whoever prints a client. */
  readonly #key: string | null;
  private readonly fetch: typeof fetch;
  private readonly closed = new AbortController();
  /** Ends each request that is under way; a listener for each at one signal would make Node warn of a leak. */
  private readonly underWay = new Set<() => void>();
  private at = 0;

  constructor(urls: string | readonly string[], options: ClientOptions = {}) {
    const list = typeof urls === "string" ? [urls] : urls;
    if (list.length === 0) throw new RangeError("a client needs the URL of a member");
    this.urls = list.map(baseOf);
    this.#key = keyOf(options.key);
    this.timeoutMillis = positive("timeoutMillis", options.timeoutMillis ?? 35_000);
    this.deadlineMillis = positive("deadlineMillis", options.deadlineMillis ?? 60_000);
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    const bare = this.urls.find((url) => url.protocol === "http:" && !isLoopback(url.hostname));
    if (this.#key !== null && bare !== undefined && options.allowInsecure !== true) {
      throw new MnemogridError("a key would go unencrypted to " + bare.host + ": use https, or allowInsecure");
    }
  }

  get size(): number {
    return this.urls.length;
  }

  /** Ends all that is under way, streams too. */
  close(): void {
    this.closed.abort(new Closed("the client is closed"));
    for (const abort of this.underWay) abort();
  }

  /** Which member the next request goes to. */
  get member(): number {
    return this.at;
  }

  /** Aborted when the client is closed. */
  get whenClosed(): AbortSignal {
    return this.closed.signal;
  }

  get isClosed(): boolean {
    return this.closed.signal.aborted;
  }

  /** The next request goes to the next member. */
  turnAway(): void {
    this.at = (this.at + 1) % this.urls.length;
  }

  /**
   * Sends until an answer settles the request: any answer but 202, 408, 425, 429 and most 5xx. Waits as Retry-After
   * says, else longer and longer; throws `GaveUp` at the deadline.
   */
  async settle(request: Request): Promise<Settled> {
    const deadline = Date.now() + (request.deadlineMillis ?? this.deadlineMillis);
    const backoff = new Backoff(100, 5_000);
    const isWrite = request.method !== "GET";
    let uncertain = false;
    let fresh = this.urls.length - 1; // members that were not tried since the last pause
    for (;;) {
      let wait: number | null = null;
      let met: unknown;
      try {
        const answer = await this.once(request, Math.max(1, deadline - Date.now()));
        if (isFinal(answer, isWrite)) {
          if (answer.status < 300) request.check?.(answer);
          return { answer, uncertain };
        }
        met = problemOf(answer);
        wait = retryAfterSeconds(answer.headers.get("Retry-After"));
        // These say that this very sending did nothing; any other leaves it open.
        const code = met instanceof Problem ? met.code : "";
        if (!AGAIN_4XX.has(answer.status) && code !== "not-applied" && code !== "busy") uncertain ||= isWrite;
        if (answer.status >= 500) this.turnAway();
      } catch (error) {
        if (this.closed.signal.aborted || request.signal?.aborted === true) throw new GaveUp(error);
        if (!(error instanceof Lost) && !(error instanceof BadAnswer)) throw error;
        met = error;
        uncertain ||= isWrite;
        this.turnAway();
        if (fresh-- > 0 && Date.now() < deadline) continue;
      }
      fresh = this.urls.length - 1;
      const pause = Math.max(backoff.pause(), wait === null ? 0 : wait * 1000);
      if (Date.now() + pause >= deadline) throw new GaveUp(met);
      await sleep(pause, request.signal).catch((error: unknown) => {
        throw new GaveUp(error);
      });
      if (this.closed.signal.aborted) throw new GaveUp(this.closed.signal.reason);
    }
  }

  /** As `settle`, for what may be asked as often as one likes: a refusal is thrown. */
  async ask(request: Request): Promise<Answer> {
    let settled;
    try {
      settled = await this.settle(request);
    } catch (error) {
      if (!(error instanceof GaveUp)) throw error;
      if (error.cause instanceof Lost) throw new Unreachable(error.message, { cause: error.cause });
      throw error.cause;
    }
    if (settled.answer.status >= 400) throw problemOf(settled.answer);
    return settled.answer;
  }

  /** Opens a stream at one member; throws a `Problem` for a refusal and `Lost` when nothing answers. */
  async open(request: Request): Promise<{ readonly body: ReadableStream<Uint8Array>; readonly stop: () => void }> {
    const sending = this.prepared(request);
    const link = this.link(request.signal, this.timeoutMillis);
    try {
      const response = await this.start(sending, link.signal);
      if (response.status !== 200) {
        const text = await bounded(response, link.signal);
        throw problemOf({ status: response.status, headers: response.headers, text });
      }
      if (!(response.headers.get("Content-Type") ?? "").startsWith("text/event-stream") || response.body === null) {
        throw new BadAnswer("no stream of events from " + this.host);
      }
      link.untime();
      return { body: response.body, stop: link.stop };
    } catch (error) {
      link.stop();
      throw this.lost(error, request);
    }
  }

  private async once(request: Request, leftMillis: number): Promise<Answer> {
    const sending = this.prepared(request);
    const link = this.link(request.signal, Math.min(this.timeoutMillis, leftMillis));
    try {
      const response = await this.start(sending, link.signal);
      const text = await bounded(response, link.signal);
      return { status: response.status, headers: response.headers, text };
    } catch (error) {
      throw this.lost(error, request);
    } finally {
      link.stop();
    }
  }

  private get host(): string {
    return this.urls[this.at]!.host;
  }

  private start({ url, init }: Sending, signal: AbortSignal): Promise<Response> {
    return this.fetch(url, { ...init, signal });
  }

  /** Throws the platform's `TypeError` for a header that it does not send. */
  private prepared(request: Request): Sending {
    const url = new URL(this.urls[this.at]!.href.replace(/\/$/, "") + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers = new Headers({ Accept: "application/json" });
    for (const [name, value] of Object.entries(request.headers ?? {})) {
      if (value !== undefined) headers.set(name, value);
    }
    if (this.#key !== null) headers.set("Authorization", "Bearer " + this.#key);
    const { method, body } = request;
    // Whoever redirects is no member, and the key is not for where it leads.
    const init: RequestInit = { method, headers, redirect: "error", credentials: "omit", cache: "no-store" };
    return { url: url.href, init: body === undefined ? init : { ...init, body } };
  }

  private lost(error: unknown, request: Request): unknown {
    if (error instanceof MnemogridError) return error;
    if (this.closed.signal.aborted || request.signal?.aborted === true) return error;
    const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = inner instanceof Error ? ((inner as { code?: string }).code ?? inner.message) : String(inner);
    return new Lost("no answer from " + this.host + ": " + (why || "no reason is given"), { cause: error });
  }

  /** A signal that is aborted with the caller's, with the client, and after a time until `untime` or `stop`. */
  private link(outer: AbortSignal | undefined, millis: number) {
    const inner = new AbortController();
    const sources = [this.closed.signal, ...(outer === undefined ? [] : [outer])];
    const abort = (): void => inner.abort(sources.find((source) => source.aborted)?.reason);
    const timer = setTimeout(() => inner.abort(new Lost("no whole answer from " + this.host + " in " + millis + " ms")), millis);
    this.underWay.add(abort);
    outer?.addEventListener("abort", abort, { once: true });
    if (sources.some((source) => source.aborted)) abort();
    const untime = (): void => clearTimeout(timer);
    const stop = (): void => {
      untime();
      this.underWay.delete(abort);
      outer?.removeEventListener("abort", abort);
      if (!inner.signal.aborted) inner.abort(new MnemogridError("over"));
    };
    return { signal: inner.signal, untime, stop };
  }
}

function isFinal(answer: Answer, isWrite: boolean): boolean {
  const { status } = answer;
  if (status === 202) return !isWrite;
  if (AGAIN_4XX.has(status)) return false;
  if (status < 500 || FINAL_5XX.has(status)) return true;
  return DAMAGED.has((problemOf(answer) as Partial<Problem>).code ?? "");
}

/** The refusal that an answer is. What is no problem of a member, as a proxy's page, has a code of its status alone. */
export function problemOf(answer: Answer): MnemogridError {
  if (answer.status < 400) return new Lost("status " + answer.status + ": the outcome is not known yet");
  const seconds = retryAfterSeconds(answer.headers.get("Retry-After"));
  let members: unknown = null;
  try {
    members = JSON.parse(answer.text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const isObject = typeof members === "object" && members !== null && !Array.isArray(members);
  return new Problem(answer.status, isObject ? (members as Record<string, unknown>) : {}, seconds);
}

/** The whole text of an answer that has at most `MAX_ANSWER_BYTES`. */
async function bounded(response: Response, signal: AbortSignal): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (signal.aborted) throw signal.reason;
    if (done) break;
    size += value.length;
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw new AnswerTooLarge("an answer of more than " + MAX_ANSWER_BYTES + " bytes");
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new BadAnswer("an answer that is not UTF-8");
    throw error;
  }
}

/** Not tried again: the next answer would be as large. */
export class AnswerTooLarge extends MnemogridError {
  override readonly name = "AnswerTooLarge";
}

function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new RangeError("a member's URL begins with http:// or https://");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new RangeError("the URL of " + url.host + " has more than a host and a path");
  }
  return url;
}

function keyOf(given: string | null | undefined): string | null {
  const process = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process;
  const key = given === undefined ? (process?.env?.MNEMOGRID_KEY ?? "") : (given ?? "");
  // Checked here, because the platform's error for a header that it refuses would show it.
  if (!/^[\x21-\x7e]*$/.test(key)) throw new RangeError("the key holds a character that no key has");
  return key === "" ? null : key;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function positive(name: string, millis: number): number {
  if (!Number.isFinite(millis) || millis <= 0) throw new RangeError(name + " is a time above 0, got " + millis);
  return millis;
}
