// SPDX-License-Identifier: Apache-2.0
import { toHex } from "../bytes.js";
import { fromPlain } from "../json.js";
import { toBase64Url } from "../signature.js";
import { applyNote, outcomeOf } from "./apply.js";
import { birthOf, dotText, stampOf, tick, writerId } from "./ids.js";
import { join } from "./join.js";
import { NO_NOTE, noteText, readNote, type Note } from "./note.js";
import { oracleText } from "./oracle.js";
import { documentText, emptyState, hasSeen, rootOf, SETS, type State } from "./state.js";

/** What is held to the laws. */
export interface Joiner {
  applyNote(state: State, note: Note, code: string | null): State;
  join(left: State, right: State): State;
}

/** What a schedule was made of. */
export interface Played {
  readonly writers: number;
  readonly notes: number;
  readonly voids: number;
  /** Notes that came to a replica too early, or again. */
  readonly waited: number;
  readonly joins: number;
  /** States that were compared with the oracle. */
  readonly compared: number;
}

/** A law that a schedule has broken. */
export class LawBroken extends Error {
  constructor(
    readonly seed: number,
    readonly law: string,
    detail: string,
  ) {
    super("seed " + seed + ": " + law + ": " + detail);
    this.name = "LawBroken";
  }
}

const EPOCH_MILLIS = 1_764_000_000_000;
const DAY_MILLIS = 86_400_000;
const TAGS = ["red", "green", "a/b~c", "\u{1f600}", "\ufb01"];
const TEXTS = ["", "one", "two", "\ufb01", "\u{1f600}", '"\\\n', "three"];
const SUBJECTS = ["1".repeat(32), "2".repeat(32), "3".repeat(32)];
const CODES = ["forbidden", "clock-ahead", "set-full"];

/**
 * Plays a random schedule: 2 to 5 writers with clocks up to a day off, whose notes come late, doubled, in any order or
 * not at all to each other, mixed with joins of whole states. Throws `LawBroken` where a state is not what the oracle
 * makes of its notes, where joins are not commutative, associative, idempotent or absorbing, where a writer loses to a
 * value that it had seen, or where memories go that nobody forgot. One seed is one schedule.
 */
export function playLaws(seed: number, joiner: Joiner = { applyNote, join }): Played {
  return new Schedule(seed, joiner).play();
}

interface Author {
  readonly writer: string;
  readonly key: string;
  readonly skewMillis: number;
  previous: string;
  seq: number;
}

interface Posted {
  readonly note: Note;
  readonly code: string | null;
}

type Plain = Record<string, unknown>;

class Schedule {
  private random: number;
  private readonly collective: string;
  private readonly authors: Author[] = [];
  private readonly posted: Posted[] = [];
  /** One for each author, and one that only reads. */
  private readonly states: State[] = [];
  private readonly moments: State[] = [];
  private now = EPOCH_MILLIS;
  private waited = 0;
  private joins = 0;
  private compared = 0;

  constructor(
    private readonly seed: number,
    private readonly joiner: Joiner,
  ) {
    this.random = seed * 2_654_435_761;
    this.collective = this.hex(32);
    const writers = 2 + this.below(4);
    for (let i = 0; i <= writers; i++) this.states.push(emptyState(this.collective));
    for (let i = 0; i < writers; i++) {
      const key = Uint8Array.from({ length: 32 }, () => this.below(256));
      const skewMillis = this.chance(0.5) ? 0 : this.below(2 * DAY_MILLIS) - DAY_MILLIS;
      this.authors.push({ writer: writerId(key), key: toBase64Url(key), skewMillis, previous: NO_NOTE, seq: 0 });
    }
  }

  play(): Played {
    const steps = 20 + this.below(40);
    for (let i = 0; i < steps; i++) {
      this.now += this.below(3_000);
      const kind = this.below(10);
      if (kind < 4) this.write(this.below(this.authors.length));
      else if (kind < 8) this.deliver(this.below(this.states.length), 1 + this.below(6));
      else this.joinAny();
      if (i % 12 === 0) this.checkState(this.below(this.states.length));
    }
    for (let i = 0; i < 3; i++) this.checkLaws();
    this.checkEnd();
    const voids = this.posted.filter(({ code }) => code !== null).length;
    const { waited, joins, compared } = this;
    return { writers: this.authors.length, notes: this.posted.length, voids, waited, joins, compared };
  }

  /** An author writes a note of what its own replica shows. */
  private write(index: number): void {
    const author = this.authors[index]!;
    const state = this.states[index]!;
    const seq = author.seq + 1;
    const operations: Plain[] = [];
    if (seq === 1) operations.push({ op: "join", author: "author-" + (index % 2), key: author.key });
    const ids = [...state.memories.keys()];
    const known = this.bornIds().filter((id) => hasSeen(state, birthOf(id)!.writer, birthOf(id)!.seq));
    const places = new Set<string>();
    let least = stampOf(Math.max(0, this.now + author.skewMillis));
    const isHonest = this.chance(0.85);
    const count = 1 + this.below(4);
    for (let i = 0; i < count; i++) {
      const isBorn = known.length === 0 || this.chance(0.3);
      const id = ids.length > 0 && this.chance(0.9) ? this.oneOf(ids) : this.oneOf(known);
      const operation = isBorn ? this.learn(known) : this.edit(author, state, id!, known);
      const { op, field, tag, set, element, subject, writer } = operation;
      const kind = op === "untag" ? "tag" : op;
      const place = isBorn ? "learn " + i : [kind, operation.id, field, tag, set, element, subject, writer].join("\n");
      if (places.has(place)) continue;
      places.add(place);
      operations.push(operation);
      for (const standing of overwritten(state, operation)) {
        if (standing >= least) least = isHonest ? tick(standing) : standing;
      }
    }
    const ops = operations.map(fromPlain);
    const stamp = isHonest || this.chance(0.5) ? least : stampOf(this.now - this.below(DAY_MILLIS));
    const { writer, previous } = author;
    const { collective } = this;
    const note = readNote(noteText({ collective, ops, previous, seq, stamp, writer }), collective)!;
    if (note.code !== null) throw new Error("a schedule makes a note that is void by itself: " + note.text);
    const code = this.chance(0.12) ? this.oneOf(CODES)! : null;
    author.seq = seq;
    author.previous = note.hash;
    this.posted.push({ note, code });
    this.apply(index, { note, code });
    if (code === null && isHonest) this.checkSeen(this.states[index]!, operations, note);
  }

  private learn(known: readonly string[]): Plain {
    const some = (name: string, part: number, value: () => unknown): Plain =>
      this.chance(part) ? { [name]: value() } : {};
    return {
      op: "learn",
      type: this.oneOf(["memory", "bead", "metadata"]),
      content: this.oneOf(TEXTS),
      memory_type: this.oneOf(["episodic", "semantic"]),
      importance: this.below(5) / 4,
      confidence: this.below(3) / 2,
      ...some("subject", 0.3, () => this.oneOf(SUBJECTS)),
      ...some("source", 0.2, () => "host:" + this.below(3)),
      ...some("tags", 0.5, () => TAGS.filter(() => this.chance(0.4))),
      ...some("evidence", 0.2, () => ["e:" + this.below(3)]),
      ...some("related", known.length === 0 ? 0 : 0.2, () => [this.oneOf(known)]),
      ...some("ref", 0.2, () => "ref-" + this.below(3)),
      ...some("created", 0.1, () => stampOf(1_000)),
    };
  }

  private edit(author: Author, state: State, id: string, known: readonly string[]): Plain {
    const memory = state.memories.get(id);
    const kind = this.below(100);
    if (kind < 25) {
      const field = this.oneOf(["content", "memory_type", "ref"] as const)!;
      const values = { content: TEXTS, memory_type: ["kind-0", "kind-1"], ref: [null, "ref-1"] };
      return { op: "write", id, field, value: this.oneOf<string | null>(values[field]) };
    }
    if (kind < 30) {
      const data = this.oneOf(["AAAA", "AAEC", "cid:x"]);
      return { op: "vector", id, model: "m", dimensions: 3, text_hash: "0x" + this.hex(64), data };
    }
    if (kind < 45) {
      const field = this.oneOf(["importance", "confidence"]);
      return { op: "score", id, field, value: this.below(5) / 4, epoch: this.below(3) };
    }
    if (kind < 70) {
      const tag = this.oneOf(TAGS)!;
      const dots = memory?.marks[2].find(([name]) => name === tag)?.slice(1) ?? [];
      const over = this.chance(0.8) ? dots : dots.filter(() => this.chance(0.5));
      return { op: over.length > 0 && this.chance(0.4) ? "untag" : "tag", id, tag, over };
    }
    if (kind < 80) {
      const set = this.oneOf(SETS)!;
      const others = known.filter((other) => other !== id);
      const isEvidence = set === "evidence" || others.length === 0;
      if (isEvidence) return { op: "add", id, set: "evidence", element: "e:" + this.below(5) };
      return { op: "add", id, set, element: this.oneOf(others) };
    }
    if (kind < 90) {
      const total = memory?.uses?.find(([user]) => user === author.writer)?.[1] ?? 0;
      return { op: "use", id, total: 1 + this.below(total + 3) };
    }
    if (kind < 95) return { op: "forget", id, reason: "" };
    if (kind < 97) return { op: "wipe", subject: this.oneOf(SUBJECTS), reason: "" };
    const others = [...state.writers.keys()].filter((writer) => writer !== author.writer);
    if (others.length === 0) return { op: "forget", id, reason: "no other writer" };
    return { op: "renew", writer: this.oneOf(others), last: 1, state: this.oneOf(["retired", "forked"]) };
  }

  /** Ids of everything that was ever learned, void or not. */
  private bornIds(): string[] {
    return this.posted.flatMap(({ note }) =>
      note.operations!.flatMap(({ op }, i) => (op === "learn" ? [dotText(note.writer, note.seq) + "." + (i + 1)] : [])),
    );
  }

  /** Some notes come to a replica, whichever they are; those that wait are lost and come again. */
  private deliver(index: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const posted = this.oneOf(this.posted);
      if (posted !== undefined) this.apply(index, posted);
    }
  }

  /** Whether a replica has a note now; one that waits is as if it had been lost. */
  private apply(index: number, { note, code }: Posted): boolean {
    const state = this.states[index]!;
    const outcome = outcomeOf(state, note, code);
    if (outcome !== "joined") this.waited++;
    if (outcome === "waits") return false;
    const next = this.joiner.applyNote(state, note, code);
    if (outcome === "known") this.equal("a known note is absorbed", next, state);
    this.states[index] = next;
    if (this.chance(0.3)) this.moments.push(next);
    return true;
  }

  private joinAny(): void {
    const [to, from] = [this.below(this.states.length), this.below(this.states.length)];
    this.states[to] = this.joiner.join(this.states[to]!, this.states[from]!);
    this.joins++;
    this.moments.push(this.states[to]!);
  }

  /** Who has seen a value beats it. */
  private checkSeen(state: State, operations: readonly Plain[], { stamp, writer }: Note): void {
    for (const { op, id, field } of operations) {
      const memory = state.memories.get(id as string);
      if (memory === undefined || (op !== "write" && op !== "vector")) continue;
      const { text, vector } = memory;
      const stands = op === "vector" ? vector! : field === "content" ? text[4] : field === "ref" ? text[6] : text[5];
      if (stands[1] !== stamp || stands[2] !== writer) this.broken("a writer beats what it has seen", String(stands[0]));
    }
  }

  private checkState(index: number): void {
    this.equalsOracle("a replica is what its notes make", this.states[index]!);
  }

  private checkLaws(): void {
    const { joiner, moments } = this;
    if (moments.length === 0) return;
    const [a, b, c] = [this.oneOf(moments)!, this.oneOf(moments)!, this.oneOf(moments)!];
    const ab = joiner.join(a, b);
    this.joins += 8;
    this.equal("commutative", ab, joiner.join(b, a));
    this.equal("associative", joiner.join(ab, c), joiner.join(a, joiner.join(b, c)));
    this.equal("idempotent", joiner.join(a, a), a);
    this.equal("absorbing", joiner.join(ab, a), ab);
    this.equal("absorbing", joiner.join(b, ab), ab);
    this.equalsOracle("a join is what the notes of both make", ab);
    const operations = this.notesOf(ab).flatMap(({ note }) => note.operations!);
    const isForgetful = operations.some(({ op }) => op === "forget" || op === "wipe");
    if (!isForgetful && ab.memories.size < Math.max(a.memories.size, b.memories.size)) {
      this.broken("nothing goes that nobody forgot", ab.memories.size + " memories");
    }
  }

  /** Every replica gets all notes, each in an order of its own. */
  private checkEnd(): void {
    for (const index of this.states.keys()) {
      let rest = [...this.posted];
      for (let i = rest.length - 1; i > 0; i--) {
        const j = this.below(i + 1);
        [rest[i], rest[j]] = [rest[j]!, rest[i]!];
      }
      for (let left = -1; left !== rest.length; ) {
        left = rest.length;
        rest = rest.filter((posted) => !this.apply(index, posted));
      }
      this.equal("one document", this.states[index]!, this.states[0]!);
    }
    this.checkState(0);
    const roots = new Set(this.states.map((state) => toHex(rootOf(state))));
    if (roots.size !== 1) this.broken("one root", [...roots].join(", "));
    if (this.notesOf(this.states[0]!).length !== this.posted.length) this.broken("all notes are joined", "some are not");
  }

  private notesOf(state: State): Posted[] {
    return this.posted.filter(({ note }) => hasSeen(state, note.writer, note.seq));
  }

  private equalsOracle(law: string, state: State): void {
    const notes = this.notesOf(state).map(({ note: { text }, code }) => ({ text, code }));
    const wanted = oracleText(this.collective, notes);
    this.compared++;
    if (documentText(state) !== wanted) this.broken(law, documentText(state) + "\nis not\n" + wanted);
  }

  private equal(law: string, one: State, other: State): void {
    if (one !== other && documentText(one) !== documentText(other)) {
      this.broken(law, documentText(one) + "\nis not\n" + documentText(other));
    }
  }

  private broken(law: string, detail: string): never {
    throw new LawBroken(this.seed, law, detail);
  }

  /** A whole number from 0 to below `limit` (mulberry32). */
  private below(limit: number): number {
    this.random = (this.random + 0x6d2b79f5) | 0;
    let t = Math.imul(this.random ^ (this.random >>> 15), 1 | this.random);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  private chance(part: number): boolean {
    return this.below(1_000_000) < part * 1_000_000;
  }

  private oneOf<V>(items: readonly V[]): V | undefined {
    return items[this.below(items.length)];
  }

  private hex(length: number): string {
    return Array.from({ length }, () => this.below(16).toString(16)).join("");
  }
}

/** Stamps of the registers that an operation writes, as a view shows them. */
function overwritten(state: State, { op, id, field }: Plain): string[] {
  const memory = state.memories.get(id as string);
  if (memory === undefined) return [];
  if (op === "vector") return memory.vector === undefined ? [] : [memory.vector[1]];
  if (op !== "write") return [];
  return [memory.text[field === "content" ? 4 : field === "ref" ? 6 : 5][1]];
}
