// SPDX-License-Identifier: Apache-2.0
import { BadAnswer, OtherHistory, Problem, Unreachable } from "./errors.js";
import { Lost, MAX_ANSWER_BYTES, type Transport } from "./transport.js";
import type { PlainJson, Update } from "./types.js";
import { Backoff, sleep } from "./waiting.js";

/** What a stream of one space tells (docs/events.md). */
export type SpaceEvent =
  | {
      readonly event: "commit";
      /** `<version>.<16 hex>`: the place to go on after. */
      readonly id: string;
      readonly update: Update;
      /** The record's canonical text, which its hashes cover; without values when they were left out. */
      readonly text: string;
    }
  | { readonly event: "superseded"; readonly data: { readonly version: number; readonly update_id: string } & EventData }
  | { readonly event: "policy"; readonly data: { readonly version: number; readonly update_id: string } & EventData }
  | { readonly event: "checkpoint"; readonly data: { readonly finalized_version: number } & EventData }
  | { readonly event: "held"; readonly data: { readonly by: string; readonly detail: string; readonly ended: boolean; readonly version: number } & EventData };

type EventData = { readonly space: string; readonly [name: string]: PlainJson };

export interface EventOptions {
  /** A version, an id of an event, or an ETag, after which to begin; the head when left out. */
  readonly since?: number | string;
  /** Only versions that changed a leaf at, above or below this path. */
  readonly path?: string;
  readonly author?: string;
  /** `false`: the records without the values in them. */
  readonly values?: boolean;
  /** Ends the stream; the iteration then just ends. */
  readonly signal?: AbortSignal;
  /** Called at each connection, the first one too. */
  readonly onOpen?: () => void;
  /** Called when a connection is lost, with what was met; the stream then comes again by itself. */
  readonly onLost?: (error: unknown) => void;
}

/** One block of a stream: an event, or an id alone. */
export interface Block {
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
  readonly retryMillis: number | null;
}

/** Reads server-sent events (HTML §9.2) from pieces of text, wherever these are cut. */
export class EventParser {
  private rest = "";
  private afterReturn = false;
  private event = "";
  private data: string[] = [];
  private size = 0;
  private id: string | null = null;
  private retryMillis: number | null = null;

  push(piece: string): Block[] {
    const blocks: Block[] = [];
    let from = this.afterReturn && piece.startsWith("\n") ? 1 : 0;
    if (piece !== "") this.afterReturn = false;
    const ends = /\r\n?|\n/g;
    ends.lastIndex = from;
    for (let end = ends.exec(piece); end !== null; end = ends.exec(piece)) {
      const line = this.rest + piece.slice(from, end.index);
      this.rest = "";
      from = ends.lastIndex;
      if (end[0] === "\r" && from === piece.length) this.afterReturn = true;
      const block = this.line(line);
      if (block !== null) blocks.push(block);
    }
    this.rest += piece.slice(from);
    this.bound(this.rest.length);
    return blocks;
  }

  private line(line: string): Block | null {
    if (line === "") return this.end();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") this.event = value;
    else if (name === "id" && !value.includes("\0")) this.id = value;
    else if (name === "retry" && /^\d{1,6}$/.test(value)) this.retryMillis = Number(value);
    else if (name === "data") {
      this.data.push(value);
      this.size += value.length;
      this.bound(this.size);
    }
    return null;
  }

  private end(): Block | null {
    const { event, data, id, retryMillis } = this;
    this.event = "";
    this.data = [];
    this.size = 0;
    this.id = null;
    this.retryMillis = null;
    if (data.length === 0 && id === null && retryMillis === null) return null;
    return { event: data.length === 0 ? "" : event || "message", data: data.join("\n"), id, retryMillis };
  }

  private bound(length: number): void {
    if (length > MAX_ANSWER_BYTES) throw new BadAnswer("an event of more than " + MAX_ANSWER_BYTES + " characters");
  }
}

/** A stream says something every 15 s; one that is silent for longer than this is lost. */
const SILENCE_MILLIS = 45_000;

/**
 * Every version of a space once, in order, until it is closed: a lost connection is made again, at any member, after
 * the last id. Ends with `OtherHistory` where the log is not the one that was followed.
 */
export async function* follow(transport: Transport, space: string, options: EventOptions): AsyncGenerator<SpaceEvent, void, void> {
  const { signal } = options;
  const begun = Date.now();
  const backoff = new Backoff(100, 5_000);
  let last = options.since === undefined ? "" : String(options.since).replace(/^"|"$/g, "");
  let opened = false;
  let pause = 0;
  let quick = transport.size - 1; // members that are tried without a pause
  for (;;) {
    try {
      if (pause > 0) await sleep(pause, signal);
      const { body, stop } = await transport.open({
        method: "GET",
        path: "/v1/spaces/" + space + "/events",
        query: {
          since: last === "" ? undefined : last,
          path: options.path,
          author: options.author,
          values: options.values === false ? "no" : undefined,
        },
        headers: { Accept: "text/event-stream", "Last-Event-ID": opened && last !== "" ? last : undefined },
        signal,
      });
      opened = true;
      try {
        options.onOpen?.();
        for await (const block of blocksOf(body, stop)) {
          quick = transport.size - 1;
          backoff.reset();
          const event = eventOf(block, space, last);
          if (event?.event === "commit" && isNotAfter(event.id, last)) continue;
          // The place moves on only after the consumer came back for more; it is not asked again for what it had.
          if (event !== null) yield event;
          if (block.id !== null && block.id !== "") last = block.id;
        }
      } finally {
        stop();
      }
      throw new Lost("the stream of " + space + " ended");
    } catch (error) {
      if (signal?.aborted === true || transport.isClosed) return;
      let retryAfter = 0;
      if (error instanceof Problem) {
        if (error.status === 409) throw otherHistory(space, last, error);
        const mayPass = error.status === 408 || error.status === 429 || error.status >= 500;
        if (!mayPass || error.code === "log-damaged") throw error;
        retryAfter = (error.retryAfterSeconds ?? 0) * 1000;
      } else if (!(error instanceof Lost)) {
        throw error;
      }
      if (!opened && Date.now() - begun > transport.deadlineMillis) {
        throw error instanceof Lost ? new Unreachable(error.message, { cause: error }) : error;
      }
      options.onLost?.(error);
      if (!(error instanceof Problem && error.status === 429)) transport.turnAway();
      pause = quick-- > 0 && retryAfter === 0 ? 0 : Math.max(backoff.pause(), retryAfter);
    }
  }
}

async function* blocksOf(body: ReadableStream<Uint8Array>, stop: () => void): AsyncGenerator<Block, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const parser = new EventParser();
  try {
    for (;;) {
      let silent = false;
      const timer = setTimeout(() => {
        silent = true;
        stop();
      }, SILENCE_MILLIS);
      let read;
      try {
        read = await reader.read();
      } catch (error) {
        throw new Lost(silent ? "a stream was silent for " + SILENCE_MILLIS + " ms" : "a stream broke off", { cause: error });
      } finally {
        clearTimeout(timer);
      }
      if (read.done) return;
      yield* parser.push(decode(decoder, read.value));
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: true });
  } catch (error) {
    if (error instanceof TypeError) throw new BadAnswer("a stream of events that is not UTF-8");
    throw error;
  }
}

function eventOf(block: Block, space: string, last: string): SpaceEvent | null {
  if (block.data === "") return null;
  let data: unknown;
  try {
    data = JSON.parse(block.data);
  } catch {
    throw new BadAnswer("an event " + block.event + " of " + space + " that is no JSON");
  }
  if (typeof data !== "object" || data === null) throw new BadAnswer("an event " + block.event + " that is no object");
  switch (block.event) {
    case "commit":
      if (block.id === null) throw new BadAnswer("a commit without an id");
      return { event: "commit", id: block.id, update: data as Update, text: block.data };
    case "reset": {
      const { version, etag } = data as { version?: unknown; etag?: unknown };
      const head = { version: typeof version === "number" ? version : null, etag: typeof etag === "string" ? etag : null };
      throw new OtherHistory(space, last, head, "the store was restored");
    }
    case "superseded":
    case "policy":
    case "checkpoint":
    case "held":
      return { event: block.event, data } as SpaceEvent;
    default:
      return null; // of a later version of the API
  }
}

function isNotAfter(id: string, last: string): boolean {
  return last !== "" && Number.parseInt(id, 10) <= Number.parseInt(last, 10);
}

function otherHistory(space: string, last: string, problem: Problem): OtherHistory {
  const current = problem.members.current as { version?: unknown; etag?: unknown } | undefined;
  const version = typeof current?.version === "number" ? current.version : null;
  const etag = typeof current?.etag === "string" ? current.etag : null;
  return new OtherHistory(space, last, { version, etag }, problem.detail || problem.code);
}
