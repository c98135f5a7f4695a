// SPDX-License-Identifier: Apache-2.0
// The vectors of FORMATS, read with the platform's own JSON; and proofs as the vectors spell them.
import { readFileSync } from "node:fs";
import { fromPlain, parseHash, readKeyProof, Shape } from "../dist/index.js";

const folder = new URL("../../../grid-plugin/src/test/resources/vectors/", import.meta.url);

export function readVectors(name) {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8"));
}

/** Throws a JsonError for a hash of another length, as reading a bundle does. */
export function keyProof(spelled) {
  return readKeyProof(new Shape(fromPlain(spelled)));
}

export function fact(spelled) {
  return {
    case: spelled.case,
    ancestor: spelled.ancestor,
    payload: spelled.payload === "object" ? "\u0003" : spelled.payload,
    proofs: spelled.proofs.map(keyProof),
  };
}

export const hashes = (texts) => texts.map(parseHash);

/** A small generator with a seed, so that a failure can be seen again. */
export function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
