// SPDX-License-Identifier: Apache-2.0
import { verifyBundle, type BundleVerdict } from "../bundle.js";
import { fromHex, type Hash } from "../bytes.js";
import { decodeHeader, HEADER_BYTES } from "../checkpoint.js";
import { JsonError, parseCanonical } from "../json.js";
import { Shape } from "../shape.js";
import { BadAnswer } from "./errors.js";
import { pointerOf } from "./paths.js";

/** A bundle about a fact (docs/proofs.md), and what it was asked for. */
export class FactProof {
  constructor(
    /** The bundle, to be kept or handed on as it is. */
    readonly bundle: string,
    readonly space: string,
    readonly path: string,
    private readonly at: number | string | undefined,
  ) {}

  /** The number that the header says; which hash that checkpoint has, somebody trusted must say. */
  get checkpointNumber(): number {
    try {
      const header = new Shape(parseCanonical(this.bundle)).member("checkpoint").member("header").string();
      return decodeHeader(fromHex(header, HEADER_BYTES) ?? new Uint8Array()).number;
    } catch (error) {
      if (error instanceof JsonError || error instanceof RangeError) throw new BadAnswer("a bundle that cannot be read: " + error.message);
      throw error;
    }
  }

  /**
   * Checks the bundle against the hash of its checkpoint that the caller trusts, and that it is about what was asked
   * for. Asks no server.
   */
  verify(checkpointHash: string | Hash): BundleVerdict {
    const verdict = verifyBundle(this.bundle, checkpointHash);
    if (verdict.verdict !== "holds") return verdict;
    const { claim } = verdict;
    const isAsked =
      claim.kind === "fact" &&
      claim.space === this.space &&
      claim.path === pointerOf(this.path) &&
      (typeof this.at !== "number" || claim.version === this.at);
    return isAsked ? verdict : { verdict: "fails", step: "claim", why: "it shows another claim than the one asked for" };
  }
}
