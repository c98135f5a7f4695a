// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "../dist/index.js";
import { history } from "./prover.mjs";
import { random, readVectors } from "./vectors.mjs";

const merged = readVectors("merge.json").map(({ steps }) => {
  const records = new Map(steps.filter((s) => s.record).map((s) => [s.record.version, s.record]));
  return [...records.values()].sort((a, b) => a.version - b.version);
});
const textOf = (plain) => v.canonical(v.fromPlain(plain));

test("an empty log has version 0 and the roots of nothing", () => {
  const head = v.replayLog([]);
  assert.deepEqual(head, { space: null, version: 0, stateRoot: v.EMPTY_ROOT, logRoot: v.logRoot([]) });
});

test("replays random histories to the roots of their documents, version by version", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const next = random(seed);
    const value = (depth) => {
      const kind = next(depth > 3 ? 4 : 8);
      if (kind < 2) return next(100);
      if (kind === 2) return [value(9), "x\u2028"];
      if (kind === 3) return {};
      return Object.fromEntries(Array.from({ length: next(4) }, () => ["k" + next(4), value(depth + 1)]));
    };
    const documents = Array.from({ length: 25 }, () => {
      const document = value(0);
      return typeof document === "object" && !Array.isArray(document) ? document : { document };
    });
    const { records } = history("random", documents);
    const replay = new v.LogReplay();
    records.forEach((record, i) => {
      replay.append(record);
      assert.deepEqual(replay.head.stateRoot, v.documentRoot(v.fromPlain(documents[i])), "seed " + seed);
    });
    assert.equal(replay.head.version, 25);
  }
});

test("a record that was left out, doubled, swapped or changed breaks the log", () => {
  for (const records of merged) {
    const lines = records.map(textOf);
    v.replayLog(lines);
    const i = Math.floor(lines.length / 2);
    const broken = (spoiled) => assert.throws(() => v.replayLog(spoiled), v.BrokenLog);
    broken(lines.toSpliced(i, 1));
    broken(lines.toSpliced(0, 1));
    broken(lines.toSpliced(i, 0, lines[i]));
    broken(lines.with(i, lines[i - 1]).with(i - 1, lines[i]));
    broken(lines.with(i, ""));
    broken(lines.with(i, lines[i] + " "));
    // Another author: this record may stand, the next one names another before it.
    broken(lines.with(i, textOf({ ...records[i], author: "mallory" })));
    for (const change of [{ space: "other" }, { root: records[0].request }, { previous: records[0].request }, { version: 1 }, { committed: "2001-01-01T00:00:00.000Z" }]) {
      broken(lines.with(i, textOf({ ...records[i], ...change })));
    }
  }
});

test("what changed must be what stood", () => {
  const key = "/a";
  const base = JSON.parse(history("s", [{ a: 1 }]).records[0]);
  const follow = (changes, document) => {
    const line = textOf(base);
    const next = { ...base, base: 1, version: 2, previous: v.toHex(v.logLeaf(v.toUtf8(line))), update_id: "u2" };
    next.changes = { added: [], deleted: [], modified: [], ...changes };
    next.root = v.toHex(v.documentRoot(v.fromPlain(document)));
    return v.replayLog([line, textOf(next)]).version;
  };
  assert.equal(follow({ modified: [{ key, old_value: 1, new_value: 2 }] }, { a: 2 }), 2);
  assert.equal(follow({ added: [{ key: "/a/b", value: 2 }], deleted: [{ key, old_value: 1 }] }, { a: { b: 2 } }), 2);
  const broken = (changes, document) => assert.throws(() => follow(changes, document), v.BrokenLog);
  broken({ modified: [{ key, old_value: 9, new_value: 2 }] }, { a: 2 });
  broken({ modified: [{ key: "/b", old_value: 1, new_value: 2 }] }, { a: 1, b: 2 });
  broken({ added: [{ key, value: 2 }] }, { a: 2 });
  broken({ deleted: [{ key, old_value: 9 }] }, {});
  broken({ deleted: [{ key: "/b", old_value: 1 }] }, { a: 1 });
  broken({ added: [{ key: "/a/b", value: 2 }] }, { a: { b: 2 } }); // the scalar at /a still stands
});

test("refuses what is no record", () => {
  const good = merged.flat().find((r) => r.overrode.length > 0 && r.changes.modified.length > 0);
  assert.ok(v.readRecord(textOf(good)));
  assert.ok(v.readRecord(textOf({ ...good, later: { members: [1] } })), "members of later versions of the format");
  const refused = (plain, what) => assert.throws(() => v.readRecord(textOf(plain)), v.JsonError, what);
  for (const name of Object.keys(good)) {
    const { [name]: _, ...rest } = good;
    refused(rest, name + " left out");
    for (const other of [null, -1, 1.5, {}, "", "\u0000", [[]]]) {
      if (name === "type" && typeof other === "string") continue;
      refused({ ...good, [name]: other }, name + " = " + JSON.stringify(other));
    }
  }
  refused({ ...good, base: good.version }, "base is not before its version");
  refused({ ...good, timestamp: "2026-02-30T00:00:00.000Z" }, "no such day");
  refused({ ...good, committed: "2026-02-05T19:00:00Z" }, "milliseconds left out");
  refused({ ...good, author: "a b" });
  refused({ ...good, update_id: "x".repeat(129) });
  refused({ ...good, overrode: [{ ...good.overrode[0], deleted: true }] }, "a value and deleted");
  const changes = (lists) => ({ ...good, changes: { added: [], deleted: [], modified: [], ...lists } });
  const [a, b] = ["/a", "/b"].map((key) => ({ key, value: 1 }));
  assert.ok(v.readRecord(textOf(changes({ added: [a, b] }))));
  refused(changes({ added: [b, a] }), "not sorted");
  refused(changes({ added: [a, a] }), "twice");
  refused(changes({ added: [a], deleted: [{ key: "/a", old_value: 1 }] }), "in two lists");
  refused(changes({ added: [{ key: "", value: 1 }] }), "the document is no leaf");
  refused(changes({ added: [{ key: "a.b", value: 1 }] }), "dotted");
  refused(changes({ added: [{ key: "/a", value: { b: 1 } }] }), "an object is no leaf");
  refused(changes({ added: [{ key: "/a", value: "x".repeat(256 * 1024 - 1) }] }), "over 256 KiB");
  assert.ok(v.readRecord(textOf(changes({ added: [{ key: "/a", value: "x".repeat(256 * 1024 - 2) }] }))));
  const nested = (levels) => JSON.parse("[".repeat(levels) + "]".repeat(levels));
  assert.ok(v.readRecord(textOf(changes({ added: [{ key: "/a", value: nested(31) }] }))));
  refused(changes({ added: [{ key: "/a", value: nested(32) }] }), "too deep");
});
