// SPDX-License-Identifier: Apache-2.0
import { hasLoneSurrogate, toUtf8 } from "./bytes.js";

// A pointer stays a text here: each segment has one spelling, so texts compare as pointers do.

/** Containers within containers that a document may have: path segments plus nesting (FORMATS §1). */
export const MAX_DEPTH = 32;

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/u;
const MAX_BYTES = 1024;

/** Why `text` is no JSON Pointer (RFC 6901) that a document may hold, or null when it is one. */
export function whyNoPointer(text: string): string | null {
  if (hasLoneSurrogate(text)) return "a pointer holds no lone surrogates";
  if (text.length > MAX_BYTES || toUtf8(text).length > MAX_BYTES) {
    return "a pointer has at most " + MAX_BYTES + " bytes";
  }
  if (!POINTER.test(text)) return "no JSON Pointer (RFC 6901 §3)";
  if (segments(text).length > MAX_DEPTH) return "a pointer has at most " + MAX_DEPTH + " segments";
  return null;
}

/** The reference tokens, unescaped. */
export function segments(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The pointer of the member `name` of what stands at `pointer`. */
export function child(pointer: string, name: string): string {
  return pointer + "/" + name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Whether `ancestor` is strictly above `pointer`. The document itself is above all else. */
export function isAbove(ancestor: string, pointer: string): boolean {
  return pointer.startsWith(ancestor + "/");
}

/** The pointer one segment below `ancestor` on the way to `pointer`. */
export function nextStep(ancestor: string, pointer: string): string {
  const end = pointer.indexOf("/", ancestor.length + 1);
  return end < 0 ? pointer : pointer.slice(0, end);
}

/** The pointers strictly above `pointer`, from just above it upward, without the document itself. */
export function ancestors(pointer: string): string[] {
  const found: string[] = [];
  for (let end = pointer.lastIndexOf("/"); end > 0; end = pointer.lastIndexOf("/", end - 1)) {
    found.push(pointer.slice(0, end));
  }
  return found;
}
