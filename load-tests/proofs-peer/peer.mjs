// SPDX-License-Identifier: Apache-2.0
// A Merkle Patricia trie of @ethereumjs/mpt in memory, asked over standard input, a line for each question:
//   build N       leaves 0 … N-1
//   update COUNT  that many updates of leaves, each followed by the root
//   prove COUNT   that many proofs made
//   check COUNT   that many proofs checked, made before the clock starts; and that a wrong one is refused
// Each answer is a line: nanoseconds for one. Keys are hashed with the package's default, as in Ethereum.
import { createInterface } from 'node:readline';
import { createMPT, createMerkleProof, verifyMerkleProof } from '@ethereumjs/mpt';

const utf8 = new TextEncoder();
const key = (leaf) => utf8.encode(`/facts/group${Math.floor(leaf / 100)}/member${leaf % 100}`);
let trie;
let leaves = 0;
let version = 0;
let next = 0;
// A walk over all leaves that is the same in every run.
const some = () => (next = (next + 7919) % leaves);

async function timed(count, work) {
  const before = process.hrtime.bigint();
  for (let i = 0; i < count; i++) await work(i);
  return Number(process.hrtime.bigint() - before) / count;
}

const questions = {
  async build(count) {
    trie = await createMPT({ useKeyHashing: true });
    leaves = count;
    return timed(count, (leaf) => trie.put(key(leaf), utf8.encode('0')));
  },
  update: (count) =>
    timed(count, async () => {
      await trie.put(key(some()), utf8.encode(String(++version)));
      if (trie.root().length !== 32) throw new Error('no root');
    }),
  prove: (count) => timed(count, () => createMerkleProof(trie, key(some()))),
  async check(count) {
    const proofs = [];
    for (let i = 0; i < count; i++) {
      const path = key(some());
      proofs.push([path, await createMerkleProof(trie, path), await trie.get(path)]);
    }
    const options = { root: trie.root(), useKeyHashing: true };
    const [path, proof] = proofs[0];
    const other = { ...options, root: Uint8Array.from(trie.root(), (byte, i) => (i === 0 ? byte ^ 1 : byte)) };
    const refused = await verifyMerkleProof(path, proof, other).then(() => false, () => true);
    if (!refused) throw new Error('a proof holds under another root');
    return timed(count, async (i) => {
      const [at, shown, value] = proofs[i];
      const found = await verifyMerkleProof(at, shown, options);
      if (found === null || Buffer.compare(found, value) !== 0) throw new Error('a proof does not hold');
    });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [question, count] = line.split(' ');
  console.log(await questions[question](Number(count)));
}
