// SPDX-License-Identifier: Apache-2.0
import { equal, toHex, toUtf8, ZERO_HASH, type Hash } from "./bytes.js";
import { checkpointHash, contentAddress, forestRoot, readManifest, type Head, type Manifest } from "./checkpoint.js";
import { ExportReplay } from "./export.js";
import { canonical, fromPlain, JsonError, parseCanonical } from "./json.js";
import { segments } from "./pointer.js";
import { BrokenLog } from "./replay.js";
import { sha256 } from "./sha256.js";
import { Shape } from "./shape.js";

/** The manifest lists all spaces when the checkpoint's number is a multiple of this (FORMATS §6). */
const FULL_EVERY = 100;

/** What a chain says of a checkpoint, and the manifest that somebody handed out for it. */
export interface Anchored {
  readonly number: number;
  readonly hash: Hash;
  readonly author: string;
  readonly pointer: string;
  /** Canonical text. Only `time`, and which versions it names, are taken from it. */
  readonly manifest: string;
}

/** A checkpoint on the chain that is not the one that the logs give. */
export class Difference extends Error {
  constructor(
    readonly number: number,
    /** The space at fault, or null when it is none in particular. */
    readonly space: string | null,
    readonly detail: string,
  ) {
    super("checkpoint " + number + (space === null ? "" : ", space " + space) + ": " + detail);
    this.name = "Difference";
  }
}

/** One version of a space, as its log gives it. */
interface Recomputed extends Head {
  readonly committed: string;
  /** Content address of the document; only where a manifest names it. */
  readonly snapshot: string | null;
}

/** Reads one line of a list of checkpoints; throws a `JsonError` when it is none. */
export function readAnchored(line: string): Anchored {
  const one = new Shape(parseCanonical(line)).only("author", "hash", "manifest", "number", "pointer");
  return {
    number: one.member("number").integer(1),
    hash: one.member("hash").hash(),
    author: one.member("author").matching(/^0x[0-9a-f]{40}$/),
    pointer: one.member("pointer").string(),
    manifest: one.member("manifest").string(),
  };
}

/**
 * Every checkpoint of a chain, computed again from the exported logs of all its spaces: head by head, forest root,
 * manifest, header, hash. Give it the checkpoints, then each export line by line, then `finish`. Keeps one document at
 * a time and a head for each version that a manifest names.
 */
export class Recomputation {
  private readonly manifests: readonly Manifest[];
  private readonly wanted = new Map<string, Map<number, Recomputed | null>>();
  private readonly snapshots = new Map<string, Set<number>>();
  private records = 0;

  /** Throws a `Difference` when the numbers are not 1, 2, 3, … or a manifest is none. */
  constructor(private readonly anchored: readonly Anchored[]) {
    this.manifests = anchored.map((one, i) => this.manifestOf(one, i));
    for (const manifest of this.manifests) {
      for (const [space, { version, snapshotVersion }] of manifest.spaces) {
        const versions = this.wanted.get(space) ?? new Map<number, null>();
        this.wanted.set(space, versions.set(version, null).set(snapshotVersion, null));
        this.snapshots.set(space, (this.snapshots.get(space) ?? new Set()).add(snapshotVersion));
      }
    }
  }

  private manifestOf(one: Anchored, i: number): Manifest {
    const number = i + 1;
    if (one.number !== number) throw new Difference(number, null, "the chain goes on with " + one.number);
    const bytes = toUtf8(one.manifest);
    // `compare` finds out whether this is the manifest that the checkpoint commits to.
    const header = { number, previous: this.hashBefore(i), forestRoot: ZERO_HASH, manifestDigest: sha256(bytes) };
    try {
      return readManifest(bytes, header);
    } catch (error) {
      if (error instanceof JsonError || error instanceof RangeError) {
        throw new Difference(number, null, "the manifest: " + error.message);
      }
      throw error;
    }
  }

  private hashBefore(i: number): Hash {
    return i === 0 ? ZERO_HASH : this.anchored[i - 1]!.hash;
  }

  /** Plays one export; throws a `Difference` at the first record that does not follow. */
  async play(name: string, lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
    const replay = new ExportReplay();
    try {
      for await (const line of lines) {
        const record = replay.append(line);
        if (record === null) continue;
        this.records++;
        this.keep(record.space, record.version, record.committed, replay);
      }
      replay.finish();
    } catch (error) {
      if (error instanceof BrokenLog) throw this.broken(replay.space ?? name, error);
      throw error;
    }
  }

  /** Names the first checkpoint that a broken record would have been in. */
  private broken(space: string, error: BrokenLog): Difference {
    const first = this.manifests.find((manifest) => (manifest.spaces.get(space)?.version ?? 0) >= error.version);
    return new Difference(first?.number ?? this.manifests.length + 1, space, "the exported log, " + error.message);
  }

  private keep(space: string, version: number, committed: string, replay: ExportReplay): void {
    const versions = this.wanted.get(space);
    if (versions === undefined || !versions.has(version)) return;
    const isSnapshot = this.snapshots.get(space)!.has(version);
    const snapshot = isSnapshot ? contentAddress(sha256(toUtf8(documentText(replay.document)))) : null;
    versions.set(version, { ...replay.head, committed, snapshot });
  }

  /** Compares every checkpoint; throws the first `Difference`. */
  finish(): { readonly checkpoints: number; readonly spaces: number; readonly records: number } {
    const heads = new Map<string, Head>();
    let previous = ZERO_HASH;
    this.anchored.forEach((one, i) => {
      previous = this.compare(one, this.manifests[i]!, this.manifests[i - 1], heads, previous);
    });
    return { checkpoints: this.anchored.length, spaces: heads.size, records: this.records };
  }

  /** Compares one checkpoint, puts its heads into `heads` and returns its hash. */
  private compare(
    one: Anchored,
    manifest: Manifest,
    before: Manifest | undefined,
    heads: Map<string, Head>,
    previous: Hash,
  ): Hash {
    const { number } = one;
    if (before !== undefined && manifest.time < before.time) throw new Difference(number, null, "is older than the one before");
    const spaces: Record<string, unknown> = {};
    for (const [space, said] of manifest.spaces) {
      const head = this.headOf(number, space, said.version);
      const snapshot = this.headOf(number, space, said.snapshotVersion).snapshot!;
      const differs = (what: string, mine: string, theirs: string): void => {
        if (mine !== theirs) throw new Difference(number, space, what + " recomputed " + mine + ", the manifest says " + theirs);
      };
      differs("state root at version " + head.version, toHex(head.stateRoot), toHex(said.stateRoot));
      differs("log root at version " + head.version, toHex(head.logRoot), toHex(said.logRoot));
      differs("snapshot of version " + said.snapshotVersion, snapshot, said.snapshot);
      if (head.committed > manifest.time) throw new Difference(number, space, "version " + head.version + " was committed later");
      this.checkListed(number, space, head.version, heads.get(space)?.version ?? 0);
      heads.set(space, head);
      spaces[space] = {
        log_root: toHex(head.logRoot),
        snapshot,
        snapshot_version: said.snapshotVersion,
        state_root: toHex(head.stateRoot),
        version: head.version,
      };
    }
    for (const space of heads.keys()) {
      if (number % FULL_EVERY === 0 && !manifest.spaces.has(space)) throw new Difference(number, space, "is not listed");
    }
    const text = canonical(
      fromPlain({ author: one.author, number, previous: toHex(previous), spaces, time: manifest.time }),
    );
    const hash = checkpointHash({ number, previous, forestRoot: forestRoot(heads), manifestDigest: sha256(toUtf8(text)) });
    if (!equal(hash, one.hash)) {
      throw new Difference(number, null, "recomputed " + toHex(hash) + ", the chain says " + toHex(one.hash));
    }
    if (one.pointer !== contentAddress(hash)) throw new Difference(number, null, "the chain has another pointer: " + one.pointer);
    return hash;
  }

  private headOf(number: number, space: string, version: number): Recomputed {
    const head = this.wanted.get(space)!.get(version);
    if (head === null || head === undefined) {
      throw new Difference(number, space, "no export has version " + version);
    }
    return head;
  }

  private checkListed(number: number, space: string, version: number, before: number): void {
    if (version < before) throw new Difference(number, space, "its version fell from " + before + " to " + version);
    if (version === before && number % FULL_EVERY !== 0) throw new Difference(number, space, "is listed and did not change");
  }
}

/** The canonical text of a document, from the canonical texts of its leaves. */
export function documentText(leaves: ReadonlyMap<string, string>): string {
  type Node = Map<string, Node | string>;
  const root: Node = new Map();
  for (const [pointer, text] of leaves) {
    const names = segments(pointer);
    let at = root;
    for (const name of names.slice(0, -1)) {
      const below = at.get(name) ?? new Map<string, Node | string>();
      if (typeof below === "string") throw new RangeError("a leaf above " + pointer);
      at.set(name, below);
      at = below;
    }
    at.set(names.at(-1)!, text);
  }
  // `sort` without a comparison is by UTF-16 code units, as RFC 8785 wants it.
  const write = (node: Node): string =>
    "{" + [...node.keys()].sort().map((name) => canonical(name) + ":" + text(node.get(name)!)).join(",") + "}";
  const text = (node: Node | string): string => (typeof node === "string" ? node : write(node));
  return write(root);
}
