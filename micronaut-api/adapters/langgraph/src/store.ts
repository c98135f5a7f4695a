// SPDX-License-Identifier: Apache-2.0
import {
  BaseStore,
  validateNamespace,
  type ListNamespacesOperation,
  type Operation,
  type OperationResults,
  type PutOperation,
  type SearchItem,
  type SearchOperation,
} from "@langchain/langgraph-checkpoint";
import type { PlainJson, Space } from "mnemogrid-verifier/client";
import { commonPrefix, fits, namespacesThatFit } from "./matching.js";
import { itemOf, itemsOf, namespacesOf, pathOfItem, pathOfNamespace, timeOf, type Kept } from "./tree.js";

export interface StoreOptions {
  /** The JSON Pointer below which all items stand; `/langgraph` when left out. It is not the root. */
  readonly path?: string;
  /** Who writes; the client's author when left out. */
  readonly author?: string;
}

/** How many requests of one batch are under way at once. */
const REQUESTS_AT_ONCE = 8;

/** Reads, each of which gives the result of its operation. */
type Read = () => Promise<unknown>;

/**
 * The store of LangGraph in a space: its items stand in the document of the space, where other clients read them too.
 * Any number of stores, in any processes, may have one space.
 *
 * The puts and deletes of a batch are one commit, which is durable when `batch` resolves. Of two puts of one key whose
 * writers did not see each other's, the later by its time stands, and the other one is in the log. What `batch` reads
 * was there before it wrote.
 *
 * Errors are those of the client (`Problem`, `OutcomeUnknown`, …), `InvalidNamespaceError` of LangGraph, and
 * `TypeError` or `RangeError` for an item that no document takes; of the last three nothing is sent.
 */
export class MnemogridStore extends BaseStore {
  private readonly root: string;
  private readonly author: string | undefined;
  private lastMillis = 0;
  private hasWarned = false;

  constructor(
    private readonly space: Space,
    { path = "/langgraph", author }: StoreOptions = {},
  ) {
    super();
    if (!/^(?:\/(?:[^~/]|~[01])+)+$/.test(path)) throw new RangeError("the path of a store is a JSON Pointer as /langgraph, got " + path);
    this.root = path;
    this.author = author;
  }

  override async batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    // The time is taken before the first await. So a later call has a later time.
    const time = this.nextTime();
    const puts = new Map<string, PlainJson | null>();
    const reads = operations.map((operation) => this.planned(operation, puts));
    const results = await each(reads, (read) => read());
    if (puts.size > 0) await this.write(puts, time);
    return results as OperationResults<Op>;
  }

  /** What an operation reads; what it writes is put into `puts`, where the last one of a path counts. */
  private planned(operation: Operation, puts: Map<string, PlainJson | null>): Read {
    if ("namespacePrefix" in operation) return this.searching(operation);
    if (!("namespace" in operation)) return this.listing(operation);
    validateNamespace(operation.namespace, { allowReservedRoot: true });
    const path = pathOfItem(this.root, operation.namespace, operation.key);
    if (!("value" in operation)) return async () => itemOf(await this.space.find(path), operation.namespace, operation.key)?.item ?? null;
    puts.set(path, jsonOf(operation));
    return async () => null;
  }

  private searching({ namespacePrefix, filter, limit = 10, offset = 0, query }: SearchOperation): Read {
    if (namespacePrefix.length > 0) validateNamespace(namespacePrefix, { allowReservedRoot: true });
    if (query !== undefined) this.warnOfQuery();
    return async (): Promise<SearchItem[]> => {
      const items = itemsOf(await this.below(namespacePrefix), namespacePrefix);
      const page = items.filter((item) => fits(item, filter)).slice(offset, offset + limit);
      return page.map((item) => ({ ...item, score: undefined }));
    };
  }

  private listing(operation: ListNamespacesOperation): Read {
    for (const { matchType } of operation.matchConditions ?? []) {
      if (matchType !== "prefix" && matchType !== "suffix") throw new Error("Unsupported match type: " + String(matchType));
    }
    const prefix = commonPrefix(operation.matchConditions);
    return async () => {
      const all = namespacesOf(await this.below(prefix), prefix);
      return namespacesThatFit(all.map(({ labels }) => [...labels]), operation);
    };
  }

  /** What stands below a namespace. */
  private async below(namespace: readonly string[]): Promise<PlainJson | undefined> {
    try {
      return await this.space.find(pathOfNamespace(this.root, namespace));
    } catch (error) {
      if ((error as { code?: unknown }).code !== "answer-too-large") throw error;
      const what = namespace.length === 0 ? "the whole store" : JSON.stringify(namespace);
      throw new RangeError(what + " is more than one answer holds: name a longer prefix, or keep items in several spaces", { cause: error });
    }
  }

  private async write(puts: ReadonlyMap<string, PlainJson | null>, time: string): Promise<void> {
    // The version is read before the items. A write that comes between the two then counts as unseen.
    const { version } = await this.space.head();
    const values = [...puts].filter((put): put is [string, PlainJson] => put[1] !== null);
    const set = new Map<string, PlainJson>();
    const made = await each(values, ([path]) => this.madeAt(path, version));
    values.forEach(([path, value], place) => {
      const kept: Kept = { value, createdAt: made[place] ?? time, updatedAt: time, place };
      set.set(path, { ...kept });
    });
    await this.space.commit(
      { set, delete: [...puts.keys()].filter((path) => !set.has(path)) },
      { base: version, timestamp: time, type: "langgraph", ...(this.author === undefined ? {} : { author: this.author }) },
    );
  }

  /**
   * When the item was made that stood at a path at a version; null where none did, or where none stands any more. An
   * old version costs its member much, so it is asked for only where the newest one is another and has the item.
   */
  private async madeAt(path: string, version: number): Promise<string | null> {
    const at = path + "/createdAt";
    const now = await this.space.read(at).catch((error: unknown) => {
      if ((error as { code?: unknown }).code === "nothing-there") return null;
      throw error;
    });
    if (now === null) return null;
    const createdAt = now.version === version ? now.value : await this.space.find(at, { at: version });
    return timeOf(createdAt) === null ? null : (createdAt as string);
  }

  /** The time, a millisecond after that of the batch before at least, so no two batches of a store have the same. */
  private nextTime(): string {
    this.lastMillis = Math.max(Date.now(), this.lastMillis + 1);
    return new Date(this.lastMillis).toISOString();
  }

  private warnOfQuery(): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.space.warn("a search of a LangGraph store ranks nothing by its query, since there are no embeddings: use filter, or the MCP tool search_memory");
  }
}

/** What is kept of a value: what `JSON.stringify` makes of it; null for a delete. */
function jsonOf({ namespace, key, value }: PutOperation): PlainJson | null {
  if (value === null) return null;
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError("the value of " + JSON.stringify([...namespace, key]) + " is no JSON");
  return JSON.parse(text) as PlainJson;
}

/** The results in the order of `inputs`; a few at once. The first failure is thrown. */
async function each<I, O>(inputs: readonly I[], work: (input: I) => Promise<O>): Promise<O[]> {
  const results = new Array<O>(inputs.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < inputs.length) {
      const i = next++;
      results[i] = await work(inputs[i]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(REQUESTS_AT_ONCE, inputs.length) }, worker));
  return results;
}
