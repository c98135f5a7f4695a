// SPDX-License-Identifier: Apache-2.0
import { BadAnswer } from "./errors.js";
import type { Answer } from "./transport.js";
import type { PlainJson } from "./types.js";

/** The JSON of an answer; throws a `BadAnswer` for other text. */
export function jsonOf(answer: Answer): PlainJson {
  try {
    return JSON.parse(answer.text) as PlainJson;
  } catch {
    throw new BadAnswer("an answer of status " + answer.status + " that is no JSON");
  }
}

/** The object of an answer, which has these members at least. */
export function objectOf<T>(answer: Answer, ...names: readonly (keyof T & string)[]): T {
  const json = jsonOf(answer);
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  const missing = names.find((name) => !isObject || !Object.hasOwn(json, name));
  if (!isObject || missing !== undefined) throw new BadAnswer("an answer without the member " + (missing ?? ""));
  return json as T;
}

const ETAG = /^"(\d{1,16})\.[0-9a-f]{16}"$/;

/** The ETag of an answer and its version; throws a `BadAnswer` where there is none. */
export function tagOf(answer: Answer): { readonly etag: string; readonly version: number } {
  const etag = answer.headers.get("ETag") ?? "";
  const version = ETAG.exec(etag)?.[1];
  if (version === undefined) throw new BadAnswer("an answer without the ETag of a version");
  return { etag, version: Number(version) };
}
