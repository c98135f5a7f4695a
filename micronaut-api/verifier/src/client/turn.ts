// SPDX-License-Identifier: Apache-2.0
import type { Changes, CommitResult, Finality, PlainJson, Summary } from "./types.js";
import { pointerOf } from "./paths.js";

/** A summary over this goes into every prompt, so its size is worth a warning. In characters (code points). */
export const LONG_SUMMARY_CHARACTERS = 2_000;

/** What a turn needs of its space. */
export interface TurnSpace {
  readonly name: string;
  readonly warn: (warning: string) => void;
  summary(options: { readonly signal?: AbortSignal }): Promise<Summary>;
  get(path: string, options: { readonly at: number }): Promise<PlainJson>;
  find(path: string, options: { readonly at: number }): Promise<PlainJson | undefined>;
  commit(changes: Changes, options: TurnOptions & { readonly base: number }): Promise<CommitResult>;
  final(version: number, signal?: AbortSignal): Promise<Finality>;
}

/** What the code of a turn works with. Nothing of it is written before the code has returned. */
export interface Turn {
  readonly summary: PlainJson;
  readonly policies: PlainJson;
  /** The version that all of this is read at, and the base of what is committed. */
  readonly version: number;
  /** What stands at a path at that version, without this turn's own changes. */
  get(path?: string): Promise<PlainJson>;
  /** As `get`, with undefined where nothing stands. */
  find(path: string): Promise<PlainJson | undefined>;
  set(path: string, value: PlainJson): void;
  delete(path: string): void;
}

export interface TurnOptions {
  readonly author?: string;
  readonly type?: string;
  readonly updateId?: string;
  readonly timestamp?: string;
  readonly strict?: boolean;
  readonly reads?: readonly string[];
  readonly ifMatch?: string;
  readonly redact?: boolean;
  readonly signal?: AbortSignal;
  readonly deadlineMillis?: number;
  /** Called once when the turn's version is final; the turn itself does not wait for that. */
  readonly onFinal?: (finality: Finality) => void;
}

export interface TurnResult<T> {
  /** What the code returned. */
  readonly value: T;
  /** The version that the turn saw. */
  readonly saw: number;
  /** What became of its changes; null when it made none. */
  readonly result: CommitResult | null;
  /** Resolves when the version that the turn made, or saw if it made none, is final. */
  final(signal?: AbortSignal): Promise<Finality>;
}

/** Plays one turn. When `fn` throws, nothing is committed. */
export async function runTurn<T>(
  space: TurnSpace,
  fn: (turn: Turn) => T | Promise<T>,
  options: TurnOptions,
): Promise<TurnResult<T>> {
  const { summary, policies, version } = await space.summary(options.signal === undefined ? {} : { signal: options.signal });
  warnOfLength(space, "the summary", summary);
  const set = new Map<string, PlainJson>();
  const deleted = new Set<string>();
  const value = await fn({
    summary,
    policies,
    version,
    get: (path = "") => space.get(path, { at: version }),
    find: (path) => space.find(path, { at: version }),
    set: (path, to) => {
      const pointer = pointerOf(path);
      deleted.delete(pointer);
      set.set(pointer, to);
    },
    delete: (path) => {
      const pointer = pointerOf(path);
      set.delete(pointer);
      deleted.add(pointer);
    },
  });
  const next = set.get("/summary");
  if (next !== undefined) warnOfLength(space, "the new summary", next);
  const isIdle = set.size + deleted.size === 0;
  const changes: Changes = { set, delete: [...deleted] };
  const result = isIdle ? null : await space.commit(changes, { type: "turn", ...options, base: version });
  const made = result?.version ?? version;
  const { onFinal } = options;
  if (onFinal !== undefined && result !== null) {
    space.final(made).then(onFinal).catch((error: unknown) => {
      space.warn("nobody can say when version " + made + " of " + space.name + " is final: " + String(error));
    });
  }
  return { value, saw: version, result, final: (signal) => space.final(made, signal) };
}

function warnOfLength(space: TurnSpace, what: string, summary: PlainJson): void {
  if (summary === null) return;
  const size = [...(typeof summary === "string" ? summary : JSON.stringify(summary))].length;
  if (size <= LONG_SUMMARY_CHARACTERS) return;
  space.warn(`${what} of ${space.name} has ${size} characters, over ${LONG_SUMMARY_CHARACTERS}: it goes into every prompt`);
}
