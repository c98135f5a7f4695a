// SPDX-License-Identifier: Apache-2.0

/** One place that a refusal names: a JSON Pointer into the body, or `?name` for a parameter. */
export interface ErrorPlace {
  readonly pointer: string;
  readonly detail: string;
}

/** What all errors of the client have in common. No message ever holds the key. */
export class MnemogridError extends Error {
  override readonly name: string = "MnemogridError";
}

/** A refusal by the server (RFC 9457). Programs compare `code`. */
export class Problem extends MnemogridError {
  override readonly name = "Problem";
  readonly code: string;
  readonly detail: string;
  /** The next call to make. */
  readonly hint: string;
  readonly errors: readonly ErrorPlace[];
  /** Under this id the member's log has more; null when something else answered in the member's place. */
  readonly requestId: string | null;

  constructor(
    readonly status: number,
    /** All members of the answer, also those of its code alone: `current`, `head`, `conflicts`, … */
    readonly members: Readonly<Record<string, unknown>>,
    /** Seconds of the header Retry-After. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    const text = (name: string): string => (typeof members[name] === "string" ? members[name] : "");
    const code = text("code") || "http-" + status;
    super(status + " " + code + (text("detail") && ": " + text("detail")));
    this.code = code;
    this.detail = text("detail");
    this.hint = text("hint");
    this.requestId = text("request_id") || null;
    this.errors = Array.isArray(members.errors) ? members.errors.filter(isPlace) : [];
  }
}

function isPlace(value: unknown): value is ErrorPlace {
  if (typeof value !== "object" || value === null) return false;
  const { pointer, detail } = value as Partial<ErrorPlace>;
  return typeof pointer === "string" && typeof detail === "string";
}

/** No member answered, or each answered with what it could not do now, until the deadline. */
export class Unreachable extends MnemogridError {
  override readonly name = "Unreachable";
}

/** The client was closed while a call was under way, or before it. */
export class Closed extends MnemogridError {
  override readonly name = "Closed";
}

/** An answer that is no answer of a member: no JSON, without the members it must have, or over the bound. */
export class BadAnswer extends MnemogridError {
  override readonly name = "BadAnswer";
}

/**
 * The deadline came before anybody could say whether a write is in the log. Send the same call again with this
 * `updateId`, or look for it with `findUpdate`: it may still become true.
 */
export class OutcomeUnknown extends MnemogridError {
  override readonly name = "OutcomeUnknown";

  constructor(
    readonly space: string,
    readonly updateId: string,
    /** What the last sending met. */
    override readonly cause: unknown,
  ) {
    const why = cause instanceof Error ? ": " + cause.message : "";
    super("nobody could say whether update " + updateId + " of " + space + " was committed" + why);
  }
}

/** The log that is there is not the one that was followed: the store was restored from an older copy. */
export class OtherHistory extends MnemogridError {
  override readonly name = "OtherHistory";

  constructor(
    readonly space: string,
    /** The place that was followed up to, `<version>.<16 hex>` or a version. */
    readonly followed: string,
    /** Version and ETag of the head that is there now, as far as the server says. */
    readonly head: { readonly version: number | null; readonly etag: string | null },
    detail: string,
  ) {
    super(space + " has another history than the one followed up to " + (followed || "here") + ": " + detail);
  }
}

/** A member says that it is of another grid than the one that this client signs for. Nothing is signed for it. */
export class OtherGrid extends MnemogridError {
  override readonly name = "OtherGrid";

  constructor(
    readonly said: string,
    readonly grid: string,
  ) {
    super("the member is of grid " + said + ", this client signs for " + grid);
  }
}

/** The server handed out what its own hashes refute. Nothing that it says of this space should be believed. */
export class ServerIsWrong extends MnemogridError {
  override readonly name = "ServerIsWrong";

  constructor(
    readonly space: string,
    readonly version: number,
    readonly detail: string,
  ) {
    super("THE SERVER IS WRONG about " + space + " at version " + version + ": " + detail);
  }
}

/** A member shows an older version than this client was shown before, and does not catch up. */
export class Behind extends MnemogridError {
  override readonly name = "Behind";

  constructor(
    readonly space: string,
    readonly shows: number,
    readonly seen: number,
  ) {
    super(
      `${space} is shown at version ${shows}, and this client has seen ${seen}: the member is behind, ` +
        "or the store was restored. A new Space accepts what is there",
    );
  }
}
