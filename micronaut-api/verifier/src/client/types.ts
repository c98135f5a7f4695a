// SPDX-License-Identifier: Apache-2.0
// What a member answers keeps the names that the API gives it, so that docs/api.md describes it.

/** Plain JSON, as `JSON.parse` makes it. */
export type PlainJson =
  | null
  | boolean
  | number
  | string
  | readonly PlainJson[]
  | { readonly [name: string]: PlainJson };

export interface Head {
  readonly space: string;
  readonly version: number;
  readonly root: string;
  readonly log_root: string;
  readonly leaves: number;
  readonly finalized_version: number;
  readonly audited_version: number;
  /** The id of the grid, 32 hex digits, which signatures are for. */
  readonly grid: string;
  /** `"<version>.<16 hex>"` with its quotes, as `ifMatch` takes it. */
  readonly etag: string;
}

/** A value as it was read, with the version that it was read at. */
export interface Reading {
  readonly value: PlainJson;
  readonly version: number;
  readonly etag: string;
}

export interface Summary {
  readonly space: string;
  readonly version: number;
  readonly root: string;
  readonly summary: PlainJson;
  readonly policies: PlainJson;
  readonly etag: string;
}

/** A change that lost, as sent, with the greatest that won. It has a value or `"deleted":true`. */
export interface Lost {
  readonly by: string;
  readonly by_version: number;
  readonly key: string;
  readonly value?: PlainJson;
  readonly deleted?: true;
}

/** A write that the author had not seen, and that lost to this one. */
export interface Beaten {
  readonly author: string;
  readonly key: string;
  readonly version: number;
  readonly value?: PlainJson;
  readonly deleted?: true;
}

export type Outcome = "applied" | "merged" | "superseded" | "unchanged" | "committed";

/** What became of a write that is in the log. */
export interface CommitResult {
  readonly space: string;
  readonly version: number;
  readonly root: string;
  readonly update_id: string;
  /** `committed` where the server could not say more; the record has it. */
  readonly outcome: Outcome;
  readonly applied: readonly string[];
  readonly superseded: readonly Lost[];
  readonly overrode: readonly Beaten[];
  /** Whether the log had this id before this sending, perhaps from an earlier sending of the same call. */
  readonly duplicate: boolean;
  /** The first of several versions of one request; else the same as `version`. */
  readonly first_version: number;
  /** Only where it was asked for. */
  readonly missed?: Missed;
  readonly redacted?: readonly { readonly pointer: string; readonly rule: string }[];
  readonly truncated?: true;
  readonly etag: string | null;
}

export interface Missed {
  readonly since: number;
  readonly count: number;
  readonly items: readonly Update[];
  readonly truncated?: true;
}

/** A record of the log; later versions of the format may add members. */
export interface Update {
  readonly author: string;
  readonly base: number;
  readonly changes: {
    readonly added: readonly { readonly key: string; readonly value: PlainJson }[];
    readonly deleted: readonly { readonly key: string; readonly old_value: PlainJson }[];
    readonly modified: readonly { readonly key: string; readonly new_value: PlainJson; readonly old_value: PlainJson }[];
  };
  readonly committed: string;
  readonly overrode: readonly Beaten[];
  readonly previous: string;
  readonly request: string;
  readonly root: string;
  /** Of a delta that its author signed (docs/authors.md). */
  readonly signed?: {
    readonly authors: number;
    readonly key: string;
    readonly request: { readonly [name: string]: PlainJson };
    readonly value: string;
  };
  readonly space: string;
  readonly superseded: readonly Lost[];
  readonly timestamp: string;
  readonly type: string;
  readonly update_id: string;
  readonly version: number;
}

export interface Blame {
  readonly leaf: string;
  readonly update: Update;
}

/** One step of a JSON Patch (RFC 6902). */
export type PatchStep =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: PlainJson }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly path: string; readonly from: string };

export interface Finality {
  readonly space: string;
  readonly version: number;
  readonly status: "pending" | "sent" | "confirmed" | "finalized";
  readonly checkpoint: number | null;
  readonly transaction: string | null;
}

export interface Checkpoint {
  readonly number: number;
  readonly hash: string;
  readonly previous: string;
  readonly header: string;
  readonly pointer: string;
  readonly author: string;
  readonly time: string;
  readonly status: "pending" | "sent" | "confirmed" | "finalized";
  readonly transaction: string | null;
  readonly spaces: {
    readonly [name: string]: { readonly version: number; readonly state_root: string; readonly log_root: string };
  };
}

/** What a commit changes. Paths are pointers (`/facts/hello`) or dotted (`facts.hello`) and do not overlap. */
export interface Changes {
  /** Each path and what shall stand there. */
  readonly set?: Readonly<Record<string, PlainJson>> | ReadonlyMap<string, PlainJson>;
  readonly delete?: readonly string[];
  /** What the author saw at some of these paths; a strict commit is refused where it is not so any more. */
  readonly was?: Readonly<Record<string, PlainJson>> | ReadonlyMap<string, PlainJson>;
}
