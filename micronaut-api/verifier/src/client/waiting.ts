// SPDX-License-Identifier: Apache-2.0

/** Waits; throws the signal's reason as soon as it is aborted. */
export function sleep(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, millis);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Grows from `firstMillis` by doubling up to `mostMillis`; each pause is a random half to whole of that. */
export class Backoff {
  private next: number;

  constructor(
    private readonly firstMillis: number,
    private readonly mostMillis: number,
    private readonly random: () => number = Math.random,
  ) {
    this.next = firstMillis;
  }

  pause(): number {
    const whole = this.next;
    this.next = Math.min(2 * whole, this.mostMillis);
    return whole * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.next = this.firstMillis;
  }
}

/** The seconds of a Retry-After, of either form (RFC 9110 §10.2.3); null when there is none that can be read. */
export function retryAfterSeconds(header: string | null, now = Date.now()): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1000);
}
