// SPDX-License-Identifier: Apache-2.0
import { equal, toHex } from "./bytes.js";
import type { Head } from "./checkpoint.js";
import { isObject, JsonError, parseCanonical } from "./json.js";
import type { UpdateRecord } from "./record.js";
import { BrokenLog, LogReplay } from "./replay.js";
import { Shape } from "./shape.js";

export const EXPORT_FORMAT = "mnemogrid-export-1";

/**
 * Plays a space again from its export: a header line that says where the records end, then one record a line. A log
 * without a header is played as well.
 */
export class ExportReplay {
  private readonly replay = new LogReplay();
  private header: (Head & { readonly space: string }) | null = null;
  private lines = 0;

  /** The name in the header or, without one, in the records; null when nothing was read. */
  get space(): string | null {
    return this.header?.space ?? this.replay.space;
  }

  get head(): Head {
    return this.replay.head;
  }

  /** Canonical text of the value of each leaf of the document, by pointer. */
  get document(): ReadonlyMap<string, string> {
    return this.replay.document;
  }

  /** Reads the next line; null when it is the header. Throws a `BrokenLog` when it does not follow. */
  append(line: string): UpdateRecord | null {
    if (this.lines++ === 0) {
      this.header = readHeader(line);
      if (this.header !== null) return null;
    }
    const record = this.replay.append(line);
    if (this.header !== null && record.space !== this.header.space) {
      throw new BrokenLog(record.version, "a record of " + record.space + " in the export of " + this.header.space);
    }
    return record;
  }

  /** The head after the last line; throws a `BrokenLog` when the header says another. */
  finish(): Head {
    const { header, head } = this;
    if (header === null) return head;
    if (head.version !== header.version) {
      throw new BrokenLog(head.version + 1, "the header promises " + header.version + " records, there are " + head.version);
    }
    if (!equal(head.stateRoot, header.stateRoot) || !equal(head.logRoot, header.logRoot)) {
      throw new BrokenLog(head.version, "the log root is " + toHex(head.logRoot) + ", the header says other roots");
    }
    return head;
  }
}

/** The header, or null when the line is none: then it is a record, or nothing at all. */
function readHeader(line: string): (Head & { readonly space: string }) | null {
  let header;
  try {
    const value = parseCanonical(line);
    if (!isObject(value) || value.get("format") !== EXPORT_FORMAT) return null;
    header = new Shape(value).only("format", "log_root", "policy", "root", "space", "version");
    return {
      space: header.member("space").space(),
      version: header.member("version").integer(0),
      stateRoot: header.member("root").hash(),
      logRoot: header.member("log_root").hash(),
    };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (header === undefined) return null;
    throw new BrokenLog(0, "the header: " + error.message);
  }
}
