// SPDX-License-Identifier: Apache-2.0
// fast-json-patch, asked over standard input, a line for each question: {"document": …, "patches": [patch, …]}.
// The answer is a line, an array: for each patch, played on the document alone, [what the document becomes],
// or [] where the patch does not apply.
import { createInterface } from 'node:readline';
import jsonpatch from 'fast-json-patch';

const played = (document, patch) => {
  try {
    return [jsonpatch.applyPatch(document, patch, true, false).newDocument];
  } catch (failure) {
    if (failure instanceof jsonpatch.JsonPatchError) return [];
    throw failure;
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const { document, patches } = JSON.parse(line);
  console.log(JSON.stringify(patches.map((patch) => played(document, patch))));
}
