// SPDX-License-Identifier: Apache-2.0
import { verifyBundle } from "../bundle.js";
import { canonical, fromPlain, parseCanonical, toPlain } from "../json.js";
import { Client } from "./client.js";
import { MnemogridError, Problem } from "./errors.js";
import { newUpdateId } from "./ids.js";
import { Signer } from "./signer.js";
import type { Space } from "./space.js";
import { Transport, type ClientOptions } from "./transport.js";
import type { Changes, CommitResult, PatchStep, PlainJson, Update } from "./types.js";
import { sleep } from "./waiting.js";

/** The first step at which a server, or this client, did something else than the scenario says. */
export class Difference extends MnemogridError {
  override readonly name = "Difference";
}

type Members = { readonly [name: string]: PlainJson | undefined };

/** What a step with a name leaves for later steps. */
interface Saved {
  readonly version: number;
  readonly etag: string | null;
  readonly updateId?: string;
  readonly sendAgain?: () => Promise<CommitResult>;
}

/** What a step came to: the members that `expect` may name, and what `save` keeps. */
interface Played {
  readonly answer: Members;
  readonly saved?: Saved;
}

/** Finality and proofs are waited for so long. */
const PATIENCE_MILLIS = 60_000;

/**
 * Plays a file of steps (mnemogrid-scenario-1) in a new space, and prints a line for each. Throws a `Difference` at the
 * first step that comes out otherwise.
 */
export async function playScenario(
  urls: readonly string[],
  scenario: unknown,
  print: (line: string) => void,
  options: ClientOptions = {},
): Promise<void> {
  const { format, steps } = scenario as { format?: unknown; steps?: unknown };
  if (format !== "mnemogrid-scenario-1" || !Array.isArray(steps)) throw new Difference("no scenario of a known format");
  const clientOf = (more: ClientOptions): Client => new Client(urls, { author: "scenario", ...options, ...more });
  const client = clientOf({});
  const transport = new Transport(urls, options);
  try {
    const name = "scenario-" + newUpdateId().replaceAll("-", "").slice(-16);
    const player = new Player(client, await client.space(name, { create: false }), transport, clientOf);
    for (const [i, step] of (steps as Members[]).entries()) {
      const label = `${i + 1}/${steps.length} ${String(step.op)}`;
      try {
        print("ok " + label + ": " + (await player.play(step)));
      } catch (error) {
        throw new Difference("step " + label + " of " + name + ": " + (error instanceof Error ? error.message : String(error)), { cause: error });
      }
    }
  } finally {
    client.close();
    transport.close();
  }
}

class Player {
  private readonly saved = new Map<string, Saved>();

  constructor(
    private readonly client: Client,
    private space: Space,
    /** For what no client offers. */
    private readonly transport: Transport,
    private readonly clientOf: (more: ClientOptions) => Client,
  ) {}

  /** Plays one step and compares; returns what it came to, for people. */
  async play(step: Members): Promise<string> {
    if (step.op === "expect_error") return this.refused(step);
    const { answer, saved } = await this.act(step);
    const said: string[] = [];
    for (const [name, wanted] of Object.entries((step.expect ?? {}) as Members)) {
      const got = answer[name];
      if (textOf(got) !== textOf(wanted)) throw new Difference(`${name} is ${textOf(got)}, expected ${textOf(wanted)}`);
      said.push(name + " " + textOf(got));
    }
    if (typeof step.save === "string") this.saved.set(step.save, saved ?? fail("nothing to save"));
    return said.join(", ") || "as it should";
  }

  private async refused(step: Members): Promise<string> {
    try {
      await this.act(step.step as Members);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === step.code && error.status === step.status) return error.status + " " + error.code;
      throw new Difference(`refused with ${error.message}, expected ${String(step.status)} ${String(step.code)}`);
    }
    throw new Difference("was not refused, expected " + String(step.code));
  }

  private act(step: Members): Promise<Played> {
    const path = typeof step.path === "string" ? step.path : "";
    switch (step.op) {
      case "create":
        return this.create();
      case "head":
        return this.space.head().then((head) => ({ answer: { version: head.version }, saved: head }));
      case "get":
        return this.get(step, path);
      case "commit":
        return this.commit(step);
      case "repeat":
        return (this.named(step.of).sendAgain ?? fail("no commit"))().then(played);
      case "patch":
        return this.space
          .patch((step.json as PatchStep[] | undefined) ?? (step.merge as Record<string, PlainJson>), this.write(step))
          .then(played);
      case "compute":
        return this.compute(step, path);
      case "conflict":
        return this.conflict(step, path);
      case "history":
        return versionsOf(this.space.history(path));
      case "updates":
        return versionsOf(this.space.updates(this.version(step.since)));
      case "events":
        return this.events(step);
      case "blame":
        return this.space.blame(path).then(({ leaf, update }) => ({ answer: { leaf, version: update.version, author: update.author } }));
      case "diff":
        return this.diff(step);
      case "rollback":
        return this.space.rollback(this.version(step.to) ?? fail("no version"), this.write(step)).then(played);
      case "summary":
        return this.space.summary().then((saved) => {
          const { summary, policies, version } = saved;
          return { answer: { summary, policies, version }, saved };
        });
      case "turn":
        return this.turn(step);
      case "finality":
        return this.finality(step);
      case "proof":
        return this.proof(step, path);
      case "signed":
        return this.signed(step);
      case "authorship":
        return this.authorship(step);
      case "replica":
        return this.replica(step);
      default:
        return fail("an operation that this runner does not know");
    }
  }

  private async create(): Promise<Played> {
    this.space = await this.client.space(this.space.name);
    const head = await this.space.head();
    return { answer: { version: head.version }, saved: head };
  }

  private async get(step: Members, path: string): Promise<Played> {
    const at = this.version(step.at);
    const saved = await this.space.read(path, at === undefined ? {} : { at });
    return { answer: { value: saved.value, version: saved.version }, saved };
  }

  private async commit(step: Members): Promise<Played> {
    const base = this.version(step.base) ?? (await this.space.head()).version;
    const changes: Changes = {
      ...(step.set === undefined ? {} : { set: step.set as Record<string, PlainJson> }),
      ...(step.delete === undefined ? {} : { delete: step.delete as string[] }),
    };
    const updateId = step.update_id_of === undefined ? newUpdateId() : this.named(step.update_id_of).updateId;
    const options = {
      ...this.write(step),
      base,
      updateId: updateId ?? fail("no update id"),
      timestamp: typeof step.timestamp === "string" ? step.timestamp : new Date().toISOString(),
      ...(step.strict === true ? { strict: true } : {}),
      ...(step.if_match === undefined ? {} : { ifMatch: this.named(step.if_match).etag ?? fail("no ETag") }),
    };
    const sendAgain = (): Promise<CommitResult> => this.space.commit(changes, options);
    const { answer, saved } = played(await sendAgain());
    return { answer, saved: { ...saved!, sendAgain } };
  }

  private async compute(step: Members, path: string): Promise<Played> {
    const add = (value: PlainJson | undefined): PlainJson => Number(value) + Number(step.add);
    const { value, version, result } = await this.space.compute(path, add, { otherwise: 0, ...this.write(step) });
    return { answer: { value, version }, saved: result === null ? { version, etag: null } : played(result).saved! };
  }

  private async conflict(step: Members, path: string): Promise<Played> {
    const base = (await this.space.head()).version;
    const results: CommitResult[] = [];
    for (const side of [step.first, step.second] as Members[]) {
      const { author, value, timestamp } = side as { author: string; value: PlainJson; timestamp: string };
      results.push(await this.space.set(path, value, { base, author, timestamp }));
    }
    const [first, second] = results as [CommitResult, CommitResult];
    const value = await this.space.get(path);
    const superseded_by = second.superseded[0]?.by ?? first.superseded[0]?.by ?? null;
    const answer = { first: first.outcome, second: second.outcome, version: second.version, value, superseded_by };
    return { answer, saved: played(second).saved! };
  }

  private async events(step: Members): Promise<Played> {
    const wanted = ((step.expect as Members).versions ?? fail("no versions are expected")) as number[];
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE_MILLIS);
    const versions: number[] = [];
    try {
      const filters = {
        ...(typeof step.path === "string" ? { path: step.path } : {}),
        ...(typeof step.author === "string" ? { author: step.author } : {}),
      };
      const since = this.version(step.since);
      const events = this.space.events({ ...filters, signal: stop.signal, ...(since === undefined ? {} : { since }) });
      for await (const event of events) {
        if (event.event !== "commit") continue;
        versions.push(event.update.version);
        if (event.update.version >= wanted.at(-1)!) break;
      }
    } finally {
      clearTimeout(timer);
    }
    return { answer: { versions } };
  }

  private async diff(step: Members): Promise<Played> {
    const from = this.version(step.from) ?? fail("no version");
    const steps = [...(await this.space.diff(from, this.version(step.to)))];
    const patch = steps.sort((left, right) => (left.path < right.path ? -1 : 1)) as unknown as PlainJson;
    return { answer: { patch } };
  }

  private async turn(step: Members): Promise<Played> {
    const { value: saw, result } = await this.space.turn((turn) => {
      for (const [path, value] of Object.entries(step.set as Record<string, PlainJson>)) turn.set(path, value);
      return turn.summary;
    }, this.write(step));
    const { answer, saved } = played(result ?? fail("nothing was committed"));
    return { answer: { ...answer, saw }, saved: saved! };
  }

  private async finality(step: Members): Promise<Played> {
    const until = Date.now() + PATIENCE_MILLIS;
    for (;;) {
      const { status, version } = await this.space.finality(this.version(step.version));
      if (status === step.wait || Date.now() > until) return { answer: { status, version } };
      await sleep(1_000);
    }
  }

  private async proof(step: Members, path: string): Promise<Played> {
    const at = this.version(step.at);
    const proof = await this.space.factProof(path, { waitMillis: PATIENCE_MILLIS, ...(at === undefined ? {} : { at }) });
    const { hash } = await this.client.checkpoint(proof.checkpointNumber);
    const shown = proof.verify(hash);
    if (shown.verdict !== "holds" || shown.claim.kind !== "fact") return fail("the bundle does not hold: " + textOf(shown as unknown as PlainJson));
    const spoiled = proof.bundle.replace(/0x[0-9a-f]/, (digit) => (digit.endsWith("0") ? "0x1" : "0x0"));
    if (verifyBundle(spoiled, hash).verdict === "holds") return fail("a bundle with a changed digit holds");
    const { verdict, value, version } = shown.claim;
    return { answer: { verdict, version, ...(value === undefined ? {} : { value: value as PlainJson }) } };
  }

  private async signed(step: Members): Promise<Played> {
    const signer = new Signer(crypto.getRandomValues(new Uint8Array(32)));
    const author = String(step.author);
    await this.transport.ask({
      method: "POST",
      path: "/v1/authors",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ author, key: signer.key }),
    });
    const client = this.clientOf({ author, signer, ...(typeof step.grid === "string" ? { grid: step.grid } : {}) });
    try {
      const space = await client.space(this.space.name, { create: false });
      const base = this.version(step.base) ?? fail("no version");
      const result = await space.commit({ set: step.set as Record<string, PlainJson> }, { base });
      const { answer, saved } = played(result);
      for await (const { signed } of space.updates(result.version - 1)) {
        return { answer: { ...answer, signed: signed?.key === signer.key }, saved: saved! };
      }
      return fail("the record is not there");
    } finally {
      client.close();
    }
  }

  private async authorship(step: Members): Promise<Played> {
    const until = Date.now() + PATIENCE_MILLIS;
    const query = { version: this.version(step.version) ?? fail("no version") };
    const path = this.space.path("/proofs/update");
    for (;;) {
      try {
        const { text } = await this.transport.ask({ method: "GET", path, query });
        const bundle = toPlain(parseCanonical(text)) as { checkpoint: { header: string }; author?: { signature: string } };
        const { hash } = await this.client.checkpoint(parseInt(bundle.checkpoint.header.slice(4, 20), 16));
        const shown = verifyBundle(text, hash);
        if (shown.verdict !== "holds") return fail("the bundle does not hold: " + textOf(shown as unknown as PlainJson));
        if (bundle.author !== undefined) {
          const { signature } = bundle.author;
          bundle.author.signature = signature.slice(0, -1) + (signature.endsWith("A") ? "Q" : "A");
          if (verifyBundle(canonical(fromPlain(bundle)), hash).verdict === "holds") return fail("a bundle with another signature holds");
        }
        if (shown.author === "proven" || Date.now() > until) return { answer: { author: shown.author! } };
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "not-checkpointed" || Date.now() > until) throw error;
      }
      await sleep(1_000);
    }
  }

  private async replica(step: Members): Promise<Played> {
    const version = this.version(step.version) ?? fail("no version");
    const replica = this.space.replica({ onWrong: () => undefined });
    const timer = setTimeout(() => replica.close(), PATIENCE_MILLIS);
    try {
      await replica.reached(version);
      const checked = await replica.check();
      return { answer: { version: replica.version, agrees: checked >= version } };
    } finally {
      clearTimeout(timer);
      replica.close();
    }
  }

  private write(step: Members): { author?: string } {
    return typeof step.author === "string" ? { author: step.author } : {};
  }

  private named(name: PlainJson | undefined): Saved {
    return (typeof name === "string" ? this.saved.get(name) : undefined) ?? fail("no step was saved as " + String(name));
  }

  /** A version, or that of a step by its name. */
  private version(said: PlainJson | undefined): number | undefined {
    return typeof said === "string" ? this.named(said).version : (said as number | undefined);
  }
}

function played(result: CommitResult): Played {
  const { outcome, version, duplicate, update_id: updateId, etag } = result;
  const answer = { outcome, version, duplicate, superseded: result.superseded.length, overrode: result.overrode.length };
  return { answer, saved: { version, etag, updateId } };
}

async function versionsOf(updates: AsyncIterable<Update>): Promise<Played> {
  const versions: number[] = [];
  for await (const { version } of updates) versions.push(version);
  return { answer: { versions } };
}

function textOf(value: PlainJson | undefined): string {
  return value === undefined ? "left out" : canonical(fromPlain(value));
}

function fail(why: string): never {
  throw new Difference(why);
}
