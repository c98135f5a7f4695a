// SPDX-License-Identifier: Apache-2.0
import { child } from "../pointer.js";

/** The JSON Pointer of a path, which may be dotted (docs/formats.md §2). */
export function pointerOf(path: string): string {
  if (path === "" || path.startsWith("/")) return path;
  const names = path.split(".");
  if (names.includes("")) throw new RangeError("a dotted path has no empty segment: " + path);
  return names.reduce(child, "");
}
