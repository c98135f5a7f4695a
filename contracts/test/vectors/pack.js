// SPDX-License-Identifier: Apache-2.0
'use strict';
// Writes the vectors of this folder from the project's: node pack.js <folder with fact-proofs.json, checkpoints.json>
// Proofs are packed as the contract takes them. A spoiled fact follows the fact it was made from; its `take` counts
// into the proofs of that fact followed by its own `others`.

const fs = require('fs');
const path = require('path');

const from = process.argv[2];
const read = (name) => JSON.parse(fs.readFileSync(path.join(from, name), 'utf8'));
const write = (name, lines) =>
  fs.writeFileSync(path.join(__dirname, name), lines.map((line) => JSON.stringify(line) + '\n').join(''));

const hex = (text) => '0x' + Buffer.from(text, 'utf8').toString('hex');
const bare = (text) => text.slice(2);
const CASES = ['present', 'below-object', 'below-value', 'in-array'];

function pack({ steps, leaf }) {
  if (leaf === null) {
    if (steps.length > 0) throw new Error('steps without a leaf');
    return '0x';
  }
  const packed = steps.map(([bit, sibling]) => bit.toString(16).padStart(2, '0') + bare(sibling));
  return '0x' + leaf.map(bare).join('') + packed.join('');
}

const payload = (text) => (text === null ? '0x' : text === 'object' ? '0x03' : hex(text));

function fact(root, at, shown) {
  return {
    root,
    path: hex(at),
    kind: CASES.indexOf(shown.case),
    ancestor: hex(shown.ancestor ?? ''),
    payload: payload(shown.payload),
  };
}

// Only for the values of in-array facts: JSON.stringify is canonical when no member and no number needs care.
function canonical(value) {
  if (Array.isArray(value)) return '[' + value.map(canonical).join(',') + ']';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort().map((key) => JSON.stringify(key) + ':' + canonical(value[key]));
  return '{' + members.join(',') + '}';
}

const facts = [];
for (const vector of read('fact-proofs.json')) {
  const proofs = vector.fact.proofs.map(pack);
  const absent = vector.verdict === 'absent';
  const value = vector.fact.case === 'in-array' && !absent ? hex(canonical(vector.value)) : '0x';
  facts.push({ ...fact(vector.root, vector.path, vector.fact), absent, value, proofs });
  for (const spoiled of vector.refused) {
    const packed = spoiled.fact.proofs.map(pack);
    const others = packed.filter((proof) => !proofs.includes(proof));
    const take = packed.map((proof) => [...proofs, ...others].indexOf(proof));
    facts.push({ name: spoiled.name, ...fact(vector.root, spoiled.path, spoiled.fact), take, others });
  }
}
write('facts.jsonl', facts);

const heads = [];
for (const { number, header, checkpointHash, heads: spaces } of read('checkpoints.json')) {
  for (const [space, head] of Object.entries(spaces)) {
    heads.push({ number, header, checkpointHash, space, payload: head.payload, proof: pack(head.proof) });
  }
}
write('heads.jsonl', heads);
