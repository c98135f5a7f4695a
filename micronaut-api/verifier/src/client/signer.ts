// SPDX-License-Identifier: Apache-2.0
import { KEY_BYTES, publicKeyOf } from "../ed25519.js";
import { canonical, fromPlain } from "../json.js";
import { isGrid, signRequest, toBase64Url } from "../signature.js";
import { BadAnswer, OtherGrid } from "./errors.js";

const PEM = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/;

/** What stands before the 32 bytes in PKCS #8 (RFC 8410 §7). */
const PREFIX = "302e020100300506032b657004220420";

/**
 * The private key of an author, which signs what that author writes (docs/authors.md). Only what it signed travels.
 * The arithmetic is JavaScript's and not constant-time: sign where nobody measures it who may not have the key.
 */
export class Signer {
  /** The public key, 43 characters, as `POST /v1/authors` takes it. */
  readonly key: string;
  readonly #seed: Uint8Array;

  /**
   * @param key the 32 bytes of a private key, or its PKCS #8 in PEM, as `openssl genpkey -algorithm ed25519` writes it.
   *     Throws a `RangeError` where it is none; its text is not repeated
   */
  constructor(key: Uint8Array | string) {
    this.#seed = typeof key === "string" ? seedOf(key) : key.slice();
    this.key = toBase64Url(publicKeyOf(this.#seed));
  }

  /** The signature of a request's canonical text, for that space of that grid; 86 characters. */
  sign(grid: string, space: string, request: string): string {
    return signRequest(this.#seed, grid, space, request);
  }
}

function seedOf(pem: string): Uint8Array {
  const text = PEM.exec(pem)?.[1]?.replace(/\s/g, "") ?? "";
  let bytes = "";
  try {
    bytes = atob(text);
  } catch {
    // the refusal below does not repeat the key
  }
  const hex = [...bytes].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  if (bytes.length !== PREFIX.length / 2 + KEY_BYTES || !hex.startsWith(PREFIX)) {
    throw new RangeError("an author's private key is Ed25519 in PKCS #8 PEM, without a password");
  }
  return Uint8Array.from(bytes.slice(-KEY_BYTES), (c) => c.charCodeAt(0));
}

/** Who signs, and for which grid. */
export class Signing {
  private readonly signer: Signer;

  /** @param grid undefined where the first answer says it */
  constructor(
    key: Signer | Uint8Array | string,
    readonly author: string,
    private grid: string | undefined,
  ) {
    this.signer = key instanceof Signer ? key : new Signer(key);
    if (grid !== undefined && !isGrid(grid)) throw new RangeError("a grid id has 32 hex digits, lower case");
  }

  /** Compares the grid that a member says it is of with the one that is signed for, which the first answer settles. */
  saw(said: unknown): void {
    if (typeof said !== "string" || !isGrid(said)) {
      throw new BadAnswer("the member does not say of which grid it is: it is older than signatures");
    }
    this.grid ??= said;
    if (said !== this.grid) throw new OtherGrid(said, this.grid);
  }

  /** Whether it is known what to sign for. */
  get hasGrid(): boolean {
    return this.grid !== undefined;
  }

  /** The canonical text of a delta with its signature, once the grid is known. */
  signed(space: string, delta: Readonly<Record<string, unknown>>): string {
    const value = this.signer.sign(this.grid!, space, canonical(fromPlain(delta)));
    return canonical(fromPlain({ ...delta, signature: { key: this.signer.key, value } }));
  }
}
