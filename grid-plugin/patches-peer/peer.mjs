// SPDX-License-Identifier: Apache-2.0
// fast-json-patch, asked over standard input, a line for each question: {"document": …, "patches": [patch, …]}.
// The answer is a line, an array: for each patch, played on the document alone, [what the document becomes],
// or [] where the patch does not apply.
import { createInterface } from 'node:readline';
import jsonpatch from 'fast-json-patch';

// Where the package is more lenient than the RFCs, it is not asked:
// - Its own move and copy put a value behind the end of an array. So they are played as what RFC 6902 says they
//   are: a remove and an add, and an add of a value that is there.
// - It takes the empty name for the index 0 of an array. RFC 6901 has no such index.
class NoIndex extends Error {}

const checked = (document, pointer) => {
  let at = document;
  for (const name of pointer.split('/').slice(1)) {
    if (Array.isArray(at) && name === '') throw new NoIndex(pointer);
    at = at?.[jsonpatch.unescapePathComponent(name)];
  }
};

const apply = (document, operation) => {
  checked(document, operation.path);
  return jsonpatch.applyOperation(document, operation, true);
};

const step = (document, { op, from, path, ...rest }) => {
  switch (op) {
    case 'move': {
      const { removed, newDocument } = apply(document, { op: 'remove', path: from });
      return apply(newDocument, { op: 'add', path, value: removed }).newDocument;
    }
    case 'copy': {
      const found = { op: '_get', path: from };
      apply(document, found);
      return apply(document, { op: 'add', path, value: jsonpatch.deepClone(found.value) }).newDocument;
    }
    default:
      return apply(document, { op, path, ...rest }).newDocument;
  }
};

const played = (document, patch) => {
  try {
    return [patch.reduce(step, jsonpatch.deepClone(document))];
  } catch (failure) {
    if (failure instanceof jsonpatch.JsonPatchError || failure instanceof NoIndex) return [];
    throw failure;
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const { document, patches } = JSON.parse(line);
  console.log(JSON.stringify(patches.map((patch) => played(document, patch))));
}
