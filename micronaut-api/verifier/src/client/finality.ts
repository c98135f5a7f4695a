// SPDX-License-Identifier: Apache-2.0
import { OtherHistory, Problem, Unreachable } from "./errors.js";
import type { EventOptions, SpaceEvent } from "./events.js";
import type { Finality } from "./types.js";

/** What is asked and listened to. */
export interface FinalitySource {
  finality(version: number, options?: { readonly signal?: AbortSignal }): Promise<Finality>;
  events(options: EventOptions): AsyncGenerator<SpaceEvent, void, void>;
}

/** How often who polls asks for finality. */
export const FINALITY_POLL_MILLIS = 30_000;

interface Waiter {
  readonly version: number;
  readonly resolve: (finality: Finality) => void;
  readonly reject: (error: unknown) => void;
}

/** Those who wait for versions of one space to be final. They share one stream, which is open while somebody waits. */
export class Finalities {
  private readonly waiters = new Set<Waiter>();
  private watch: AbortController | null = null;

  constructor(
    private readonly source: FinalitySource,
    private readonly whenClosed: AbortSignal,
    private readonly pollMillis = FINALITY_POLL_MILLIS,
  ) {}

  of(version: number, signal?: AbortSignal): Promise<Finality> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const leave = (): void => {
        signal?.removeEventListener("abort", abort);
        this.waiters.delete(waiter);
        if (this.waiters.size === 0) this.watch?.abort();
      };
      const abort = (): void => waiter.reject(signal!.reason);
      const waiter: Waiter = {
        version,
        resolve: (finality) => {
          leave();
          resolve(finality);
        },
        reject: (error) => {
          leave();
          reject(error as Error);
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.waiters.add(waiter);
      if (this.watch === null || this.watch.signal.aborted) this.start();
      else void this.ask(waiter);
    });
  }

  private start(): void {
    const watch = new AbortController();
    this.watch = watch;
    const askAll = (): void => this.waiters.forEach((waiter) => void this.ask(waiter));
    const poll = setInterval(askAll, this.pollMillis);
    const close = (): void => this.waiters.forEach((waiter) => waiter.reject(this.whenClosed.reason));
    this.whenClosed.addEventListener("abort", close, { once: true });
    watch.signal.addEventListener("abort", () => {
      clearInterval(poll);
      this.whenClosed.removeEventListener("abort", close);
    });
    void this.listen(watch.signal, askAll);
  }

  /** Once the stream is open nothing is missed, so what was final before is asked for then. */
  private async listen(signal: AbortSignal, askAll: () => void): Promise<void> {
    try {
      for await (const event of this.source.events({ values: false, signal, onOpen: askAll })) {
        if (event.event !== "checkpoint") continue;
        const { finalized_version: final } = event.data;
        this.waiters.forEach((waiter) => waiter.version <= final && void this.ask(waiter));
      }
    } catch (error) {
      if (error instanceof OtherHistory) this.waiters.forEach((waiter) => waiter.reject(error));
    }
    askAll(); // without a stream the poll goes on alone
  }

  private async ask(waiter: Waiter): Promise<void> {
    try {
      const finality = await this.source.finality(waiter.version);
      if (finality.status === "finalized") waiter.resolve(finality);
    } catch (error) {
      const mayPass = error instanceof Unreachable || (error instanceof Problem && (error.status >= 500 || error.status === 429));
      if (!mayPass) waiter.reject(error);
    }
  }
}
