// SPDX-License-Identifier: Apache-2.0
import { Signing } from "./signer.js";
import { newSpace, readCheckpoint, type Space } from "./space.js";
import { Transport, type ClientOptions } from "./transport.js";
import type { Checkpoint, PlainJson } from "./types.js";

export interface SpaceOptions {
  /** `false`: the space is used as it is, and no request is made now. */
  readonly create?: boolean;
  /** The policy with which it is created; one that is there must have the same. */
  readonly policy?: PlainJson;
}

/** Members of one grid. All calls may run side by side; `close` ends them. */
export class Client {
  private readonly transport: Transport;
  private readonly author: string | undefined;
  private readonly warn: (warning: string) => void;
  private readonly signing: Signing | null;

  /** @param urls base URLs of one or several members; the next one is asked when one does not answer */
  constructor(urls: string | readonly string[], options: ClientOptions = {}) {
    this.transport = new Transport(urls, options);
    const { author, signer, grid } = options;
    if (signer !== undefined && author === undefined) throw new TypeError("who signs? a client with a signer has an author");
    this.author = author;
    this.signing = signer === undefined ? null : new Signing(signer, author!, grid);
    this.warn = options.onWarning ?? ((warning) => console.warn("mnemogrid: " + warning));
  }

  /** A space, which is created where it is not there. */
  async space(name: string, options: SpaceOptions = {}): Promise<Space> {
    const space = newSpace(this.transport, name, this.author, this.warn, this.signing);
    if (options.create !== false) {
      const body = options.policy === undefined ? undefined : JSON.stringify(options.policy);
      await this.transport.ask({
        method: "PUT",
        path: space.path(""),
        ...(body === undefined ? {} : { body, headers: { "Content-Type": "application/json" } }),
      });
    }
    return space;
  }

  /** A checkpoint by its number, or the newest one. What a member says of it is no proof: see docs/proofs.md. */
  async checkpoint(number: number | "latest"): Promise<Checkpoint> {
    return readCheckpoint(this.transport, number);
  }

  /** Ends what is under way: calls are rejected, streams of events end. */
  close(): void {
    this.transport.close();
  }
}
