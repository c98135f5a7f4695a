// SPDX-License-Identifier: Apache-2.0
import { toHex, type Hash } from "../bytes.js";
import { JsonError, parseCanonical } from "../json.js";
import { BrokenLog } from "../replay.js";
import { AUTHOR } from "../record.js";
import { Shape } from "../shape.js";
import { WRITER } from "./ids.js";
import { CollectiveLog, type NoteHash, type Void } from "./log.js";
import { parseState, type State } from "./state.js";

/** What a record was made of, besides what it says itself. */
export interface Source {
  /** Of type `sync`: the notes `from` to `to`, each its canonical text, or its hash where the bytes are not kept. */
  readonly notes?: readonly (string | NoteHash)[];
  /** Of type `join`: the canonical text of the document that was joined. */
  readonly document?: string;
}

/** The author of the grid's own writer, whose notes have no signature in the log. */
const GRID = "grid";

/**
 * The history of a collective, played again from its records and its notes: each note's hash, number, chain and needs,
 * the writer's signature over it, and that the record says byte for byte what the notes and their verdicts make. Roles,
 * clocks and sealing are not judged again: those are the log's verdicts, as are `base`, `committed` and `policy`. A
 * record with a member that is not known here is refused. After a `BrokenLog` it is of no use.
 */
export class CollectiveReplay {
  private log: CollectiveLog | null = null;

  /** The collective as it stands; null before the first record. */
  get state(): State | null {
    return this.log?.state ?? null;
  }

  get version(): number {
    return this.log?.version ?? 0;
  }

  /** State root of the newest version; throws a `RangeError` before the first record. */
  get root(): Hash {
    return this.begun().root;
  }

  /** Root of the history, as a checkpoint's head has it; throws a `RangeError` before the first record. */
  get logRoot(): Hash {
    return this.begun().logRoot;
  }

  /** Plays the next record, one line of the log; throws a `BrokenLog` where it does not follow from its source. */
  append(line: string, source: Source = {}): void {
    const due = this.version + 1;
    try {
      const record = new Shape(parseCanonical(line));
      const made = this.log === null ? this.begin(record) : this.next(this.log, record, source, due);
      if (made !== line) throw new BrokenLog(due, "the notes make another record: " + made);
    } catch (error) {
      if (error instanceof JsonError) throw new BrokenLog(due, error.message);
      throw error;
    }
  }

  private begun(): CollectiveLog {
    if (this.log === null) throw new RangeError("no record was read yet");
    return this.log;
  }

  private begin(record: Shape): string {
    const ids = record.member("changes").member("added").items().filter((item) => item.member("key").value === "/id");
    this.log = new CollectiveLog({
      space: record.member("space").space(),
      collective: (ids[0] ?? record).member("value").matching(/^[0-9a-f]{32}$/),
      author: record.member("author").matching(AUTHOR),
      clock: millisOfTime(record.member("committed")),
      policy: record.member("policy").integer(0),
    });
    return this.log.firstRecord;
  }

  private next(log: CollectiveLog, record: Shape, source: Source, due: number): string {
    const clock = millisOfTime(record.member("committed"));
    const policy = record.member("policy").integer(0);
    const author = record.member("author").matching(AUTHOR);
    if (record.member("type").oneOf("sync", "join") === "join") {
      if (source.document === undefined) throw new BrokenLog(due, "the document that was joined is wanted");
      return log.joinState(parseState(source.document), author, clock, policy);
    }
    const notes = record.member("notes");
    const writer = notes.member("writer").matching(WRITER);
    const signature = notes.member("signature").value;
    const verdicts = notes.member("void").items().map(readVoid);
    const unsigned = {
      author,
      request: toHex(record.member("request").hash()),
      update_id: record.member("update_id").matching(AUTHOR),
    };
    const isGrids = signature === null && log.authorOf(writer, source.notes?.[0]) === GRID;
    const answer = log.replay(
      {
        base: record.member("base").integer(0),
        notes: source.notes ?? [],
        signature: isGrids ? "" : notes.member("signature").string(),
      },
      { verdicts, clock, policy, writer, ...(isGrids ? { unsigned } : {}) },
    );
    if ("refused" in answer) throw new BrokenLog(due, "the notes are refused: " + JSON.stringify(answer.refused));
    if (answer.record === null) throw new BrokenLog(due, "the notes are known already");
    return answer.record;
  }
}

function readVoid(item: Shape): Void {
  return { code: item.member("code").string(), seq: item.member("seq").integer(1) };
}

function millisOfTime(time: Shape): number {
  const millis = Date.parse(time.string());
  if (Number.isNaN(millis) || new Date(millis).toISOString() !== time.value) throw time.refusal("is no time");
  return millis;
}
