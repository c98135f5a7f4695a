// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from "node:fs";

/**
 * The lines of a file of UTF-8; calls `refuse` for other bytes. node:readline would also break lines at U+2028, which
 * canonical JSON holds as it is.
 */
export async function* linesOf(file, fromUtf8, refuse) {
  const text = (bytes) => fromUtf8(bytes) ?? refuse(file + " is not UTF-8");
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    rest = Buffer.concat([rest, chunk]);
    let from = 0;
    for (let to = rest.indexOf(10); to >= 0; to = rest.indexOf(10, from)) {
      yield text(rest.subarray(from, to));
      from = to + 1;
    }
    rest = rest.subarray(from);
  }
  if (rest.length > 0) yield text(rest);
}
