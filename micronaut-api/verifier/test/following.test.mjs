// SPDX-License-Identifier: Apache-2.0
// Events, replicas and turns, against members that break off, and that lie.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "../dist/index.js";
import * as c from "../dist/client/index.js";
import { committed, json, member, problem, stream, tag } from "./member.mjs";
import { history, Prover, textOf } from "./prover.mjs";

async function against(answers, play, options = {}) {
  const one = await member(...answers);
  const client = new c.Client(one.url, { author: "me", ...options });
  try {
    await play(await client.space("s", { create: false }), one, client);
  } finally {
    client.close();
    await one.close();
  }
}

const commit = (version) => `id: ${version}.0123456789abcdef\nevent: commit\ndata: {"version":${version}}\n\n`;

async function versionsOf(events, last) {
  const versions = [];
  for await (const event of events) {
    if (event.event !== "commit") continue;
    versions.push(event.update.version);
    if (event.update.version === last) break;
  }
  return versions;
}

test("a stream is read the same wherever it is cut", () => {
  const text = ": hello\r\nretry: 7\nid: 1.a\n\nevent: commit\rdata: a\rdata:b\rid:2\r\r\r\ndata: é\u2028😀\n\nid: 3\n\nevent: none\n\n";
  const whole = new c.EventParser().push(text);
  assert.deepEqual(whole, [
    { event: "", data: "", id: "1.a", retryMillis: 7 },
    { event: "commit", data: "a\nb", id: "2", retryMillis: null },
    { event: "message", data: "é\u2028😀", id: null, retryMillis: null },
    { event: "", data: "", id: "3", retryMillis: null },
  ]);
  for (let cut = 0; cut <= text.length; cut++) {
    const parser = new c.EventParser();
    assert.deepEqual([...parser.push(text.slice(0, cut)), ...parser.push(""), ...parser.push(text.slice(cut))], whole, "cut at " + cut);
  }
  const parser = new c.EventParser();
  assert.deepEqual([...text].flatMap((piece) => parser.push(piece)), whole);
});

test("an event without an end is refused", () => {
  const parser = new c.EventParser();
  const line = "data: " + "x".repeat(1 << 20) + "\n";
  assert.throws(() => { for (let i = 0; i < 20; i++) parser.push(line); }, c.BadAnswer);
  const other = new c.EventParser();
  assert.throws(() => { for (let i = 0; i < 20; i++) other.push(line.trim()); }, c.BadAnswer);
});

test("a lost stream goes on after the last id, each version once and in order", async () => {
  const answers = [
    stream("retry: 1\nid: 3.0000000000000000\n\n" + commit(4) + commit(5) + "event: superseded\ndata: {\"version\":6}\n\n"),
    (_, response) => response.socket.destroy(),
    problem(503, "too-many-streams", {}, { "Retry-After": "0" }),
    stream(commit(5) + commit(6) + "id: 9.0000000000000000\n\n"),
    stream(commit(10), true),
  ];
  await against(answers, async (space, { requests }) => {
    const lost = [];
    assert.deepEqual(await versionsOf(space.events({ since: tag(3), path: "a.b", author: "x", onLost: (e) => lost.push(e) }), 10), [4, 5, 6, 10]);
    assert.equal(lost.length, 4);
    assert.deepEqual(requests.map(({ headers }) => headers["last-event-id"]), [
      undefined, "5.0123456789abcdef", "5.0123456789abcdef", "5.0123456789abcdef", "9.0000000000000000",
    ]);
    const query = new URL(requests[0].url, "http://x").searchParams;
    assert.deepEqual([...query], [["since", "3.0123456789abcdef"], ["path", "a.b"], ["author", "x"]]);
  });
});

test("a stream goes on at another member", async () => {
  const [one, two] = [await member(stream(commit(1))), await member(stream(commit(2), true))];
  const client = new c.Client([one.url, two.url]);
  const events = (await client.space("s", { create: false })).events({ since: 0 });
  assert.deepEqual(await versionsOf(events, 2), [1, 2]);
  assert.equal(two.requests[0].headers["last-event-id"], "1.0123456789abcdef");
  client.close();
  await Promise.all([one.close(), two.close()]);
});

test("another history ends a stream loudly", async () => {
  const reset = 'event: reset\ndata: {"code":"other-history","etag":"\\"1.0123456789abcdef\\"","root":"0x","space":"s","version":1}\n\n';
  await against([stream(commit(1) + reset)], async (space) => {
    await assert.rejects(versionsOf(space.events({ since: 0 })), (error) => {
      assert.ok(error instanceof c.OtherHistory);
      assert.deepEqual(error.head, { version: 1, etag: tag(1) });
      assert.equal(error.followed, "1.0123456789abcdef");
      return true;
    });
  });
  for (const code of ["other-history", "version-ahead"]) {
    await against([stream(commit(1)), problem(409, code, { current: { version: 0, etag: tag(0), root: "0x" } })], async (space) => {
      await assert.rejects(versionsOf(space.events({ since: 0 })), c.OtherHistory);
    });
  }
});

test("a stream that is refused ends with the refusal, one that is aborted just ends", async () => {
  await against([problem(404, "unknown-space")], async (space) => {
    await assert.rejects(versionsOf(space.events()), { code: "unknown-space" });
  });
  for (const data of ["{", "7"]) {
    await against([stream(`id: 1\nevent: commit\ndata: ${data}\n\n`)], async (space) => {
      await assert.rejects(versionsOf(space.events()), c.BadAnswer);
    });
  }
  const stop = new AbortController();
  await against([stream(commit(1), true)], async (space) => {
    const versions = [];
    for await (const event of space.events({ since: 0, signal: stop.signal })) {
      versions.push(event.update.version);
      setImmediate(() => stop.abort());
    }
    assert.deepEqual(versions, [1]);
  });
  await against([stream(commit(1), true)], async (space, _, client) => {
    setTimeout(() => client.close(), 50);
    assert.deepEqual(await versionsOf(space.events({ since: 0 })), [1]);
  });
});

// Replicas

const DOCUMENTS = [{ a: 1 }, { a: 2, b: { c: [1, { d: "x\u2028" }] } }, { b: { c: 3 }, _mnemogrid: { policy: { format: "p" } } }, {}, { z: 1 }];

/** A member that shows this log; a test spoils what it wants. */
function shows(log, spoil = {}) {
  const idOf = (i) => `${i + 1}.${v.toHex(v.logLeaf(v.toUtf8(log.records[i]))).slice(2, 18)}`;
  const lines = spoil.records ?? log.records;
  const last = log.head.version;
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://x");
    const place = pathname.replace("/v1/spaces/s", "");
    if (place === "/events") {
      const since = Number.parseInt(request.headers["last-event-id"] ?? searchParams.get("since"), 10);
      let text = "";
      lines.forEach((line, i) => (i >= since ? (text += `id: ${spoil.id ?? idOf(i)}\nevent: commit\ndata: ${line}\n\n`) : null));
      return stream(text + `event: checkpoint\ndata: {"finalized_version":${last},"space":"s"}\n\n`, true)(request, response);
    }
    const head = { space: "s", version: last, root: v.toHex(log.head.stateRoot), log_root: v.toHex(log.head.logRoot), ...spoil.head };
    const checkpointed = { version: last, state_root: head.root, log_root: head.log_root, ...spoil.checkpoint };
    const etag = { ETag: tag(last) };
    if (place === "") return json(200, head, etag)(request, response);
    if (place === "/state") return json(200, spoil.document ?? log.documents[Number(searchParams.get("at")) - 1], etag)(request, response);
    if (place === "/finality") return json(200, { status: "finalized", checkpoint: 1, space: "s", transaction: null, version: last })(request, response);
    return json(200, { number: 1, hash: "0x", spaces: { s: checkpointed } })(request, response);
  };
}

test("a replica has every version, recomputes each root, and agrees with an honest server", async () => {
  const log = history("s", DOCUMENTS);
  await against([shows(log)], async (space) => {
    const versions = [];
    const replica = space.replica({ onWrong: (error) => assert.fail(error), onUpdate: ({ version }) => versions.push(version) });
    assert.equal(replica.version, 0);
    assert.equal(await replica.check(), 5);
    assert.deepEqual(versions, [1, 2, 3, 4, 5]);
    assert.equal(replica.root, v.toHex(log.head.stateRoot));
    assert.equal(replica.logRoot, v.toHex(log.head.logRoot));
    assert.deepEqual(replica.find(), { z: 1 });
    assert.equal(replica.find("z"), 1);
    assert.equal(replica.find("/b/c"), undefined);
    replica.close();
    await replica.done;
    await assert.rejects(replica.reached(6), /closed/);
  });
  await against([shows(log)], async (space) => {
    const seen = [];
    for await (const { update, copy } of space.follow()) {
      seen.push([update.version, copy.root]);
      assert.equal(copy.root, v.toHex(v.documentRoot(v.fromPlain(DOCUMENTS[update.version - 1]))));
      if (update.version === 2) assert.equal(copy.find("b.c.1.d"), "x\u2028");
      if (update.version === 3) {
        assert.deepEqual(copy.find(""), { b: { c: 3 } });
        assert.equal(copy.find("_mnemogrid.policy.format"), "p");
      }
      if (update.version === 5) break;
    }
    assert.equal(seen.length, 5);
  });
});

test("a replica says loudly when the server is wrong, and shows nothing from then on", async () => {
  const log = history("s", DOCUMENTS);
  const spoiled = (i, change) => log.records.with(i, textOf({ ...JSON.parse(log.records[i]), ...change }));
  const lies = {
    "another root": { records: spoiled(1, { root: v.toHex(v.sha256()) }) },
    "another value": { records: log.records.with(1, log.records[1].replace('"new_value":2', '"new_value":3')) },
    "another previous": { records: spoiled(2, { previous: v.toHex(v.sha256()) }) },
    "another author": { records: spoiled(1, { author: "mallory" }) },
    "another space": { records: history("other", DOCUMENTS).records },
    "a gap": { records: log.records.toSpliced(1, 1) },
    "no canonical text": { records: log.records.with(0, log.records[0].replace("{", "{ ")) },
    "another id": { id: "1.0123456789abcdef" },
    "another checkpoint": { checkpoint: { state_root: v.toHex(v.sha256()) } },
    "another log in the checkpoint": { checkpoint: { log_root: v.toHex(v.sha256()) } },
  };
  for (const [what, lie] of Object.entries(lies)) {
    await against([shows(log, lie)], async (space) => {
      const said = [];
      const replica = space.replica({ onWrong: (error) => said.push(error) });
      await assert.rejects(replica.done, c.ServerIsWrong, what);
      assert.equal(said.length, 1, what);
      assert.match(said[0].message, /^THE SERVER IS WRONG about s at version \d/);
      assert.throws(() => replica.version, c.ServerIsWrong);
      assert.throws(() => replica.find("a"), c.ServerIsWrong);
      await assert.rejects(replica.reached(1), c.ServerIsWrong);
    });
  }
});

test("check finds a head or a document that is not that of the records", async () => {
  const log = history("s", DOCUMENTS);
  const lies = [{ head: { root: v.toHex(v.sha256()) } }, { head: { log_root: v.toHex(v.sha256()) } }, { document: { z: 2 } }, { document: [] }];
  for (const lie of lies) {
    await against([shows(log, lie)], async (space) => {
      const said = [];
      const replica = space.replica({ checkpoints: false, onWrong: (error) => said.push(error) });
      await assert.rejects(replica.check(), c.ServerIsWrong);
      assert.equal(said.length, 1);
      assert.throws(() => replica.root, c.ServerIsWrong);
    });
  }
});

test("without a listener what is wrong goes to the console", async (t) => {
  const errors = t.mock.method(console, "error", () => undefined);
  await against([shows(history("s", DOCUMENTS), { id: "1.0" })], async (space) => {
    await assert.rejects(space.replica().done, c.ServerIsWrong);
    assert.match(errors.mock.calls[0].arguments[0], /THE SERVER IS WRONG/);
  });
});

test("a replica ends when it is refused, and says so", async () => {
  const warnings = [];
  await against([problem(404, "unknown-space")], async (space) => {
    await assert.rejects(space.replica().done, { code: "unknown-space" });
    assert.match(warnings[0], /unknown-space/);
  }, { onWarning: (warning) => warnings.push(warning) });
});

// Proofs

test("a proof is checked against the hash that is trusted and the question that was asked", async () => {
  const prover = new Prover(history("s", DOCUMENTS));
  const bundle = (_, response) => response.writeHead(200, { "Content-Type": "application/json" }).end(textOf(prover.fact("/b/c", 3)));
  await against([problem(409, "not-checkpointed", { covered: 2 }), bundle], async (space, { requests }) => {
    await assert.rejects(space.factProof("b.c", { at: 3 }), { code: "not-checkpointed" });
    const proof = await space.factProof("b.c", { at: 3 });
    assert.equal(proof.checkpointNumber, 7);
    assert.equal(proof.verify(prover.checkpointHash).claim.value, 3);
    assert.equal(proof.verify(v.toHex(v.sha256())).verdict, "fails");
    assert.equal(requests[1].url, "/v1/spaces/s/proofs/fact?path=b.c&at=3");
    assert.equal((await space.factProof("b.d", { at: 3 })).verify(prover.checkpointHash).step, "claim");
    assert.equal((await space.factProof("b.c", { at: 2 })).verify(prover.checkpointHash).step, "claim");
  });
});

// Turns

const summary = (version, said) => json(200, { space: "s", version, root: "0x", summary: said, policies: { p: 1 } }, { ETag: tag(version) });

test("a turn commits on the version that it saw, once its code has returned", async () => {
  await against([summary(7, "short"), json(200, 1, { ETag: tag(7) }), committed(9, { outcome: "merged" })], async (space, { requests }) => {
    const turned = await space.turn(async (turn) => {
      assert.deepEqual([turn.summary, turn.policies, turn.version], ["short", { p: 1 }, 7]);
      const n = await turn.get("n");
      turn.set("n", n + 1);
      turn.set("/n", n + 2);
      turn.delete("gone");
      turn.set("summary", "next");
      return "done";
    }, { author: "bot" });
    assert.equal(turned.value, "done");
    assert.equal(turned.saw, 7);
    assert.equal(turned.result.version, 9);
    assert.equal(requests[1].url, "/v1/spaces/s/state?path=n&at=7");
    const { base, author, type, changes } = JSON.parse(requests[2].body);
    assert.deepEqual({ base, author, type }, { base: 7, author: "bot", type: "turn" });
    assert.deepEqual(changes, { added: [{ key: "/n", value: 3 }, { key: "/summary", value: "next" }], deleted: [{ key: "/gone" }] });
  });
});

test("a turn without changes commits nothing, nor does one whose code throws", async () => {
  await against([summary(7, null)], async (space, { requests }) => {
    assert.equal((await space.turn(() => 1)).result, null);
    await assert.rejects(space.turn((turn) => { turn.set("a", 1); throw new Error("my own"); }), /my own/);
    assert.ok(requests.every(({ method }) => method === "GET"));
  });
});

test("a summary over 2,000 characters is a warning with its size", async () => {
  const warnings = [];
  await against([summary(7, "😀".repeat(2_000)), summary(7, "x".repeat(2_001)), committed(8)], async (space) => {
    await space.turn(() => undefined);
    assert.deepEqual(warnings, []);
    await space.turn((turn) => turn.set("summary", "y".repeat(3_000)));
    assert.equal(warnings.length, 2);
    assert.match(warnings[0], /2001 characters/);
    assert.match(warnings[1], /3000 characters/);
  }, { onWarning: (warning) => warnings.push(warning) });
});

test("finality is told by event, and the turn does not wait for it", async () => {
  let final = false;
  let tell;
  const answer = (request, response) => {
    if (request.url.includes("/summary")) return summary(0, null)(request, response);
    if (request.method === "POST") return committed(1)(request, response);
    if (request.url.includes("/finality")) {
      const status = final ? "finalized" : "sent";
      return json(200, { checkpoint: 1, space: "s", status, transaction: null, version: 1 })(request, response);
    }
    stream("", true)(request, response);
    tell = () => response.write('event: checkpoint\ndata: {"finalized_version":1,"space":"s"}\n\n');
  };
  await against([answer], async (space, { requests }) => {
    let told;
    const heard = new Promise((resolve) => (told = resolve));
    const turned = await space.turn((turn) => turn.set("a", 1), { onFinal: told });
    const both = [turned.final(), turned.final()];
    while (tell === undefined || !requests.some(({ url }) => url.includes("/finality"))) await new Promise((resolve) => setTimeout(resolve, 5));
    final = true;
    tell();
    assert.equal((await heard).status, "finalized");
    assert.deepEqual((await Promise.all(both)).map(({ version }) => version), [1, 1]);
    assert.equal(requests.filter(({ url }) => url.includes("/events")).length, 1, "one stream for all who wait");
  });
});

test("who waits for finality is told that the client was closed, or that the version is not there", async () => {
  await against([json(200, { status: "sent", version: 1 })], async (space, _, client) => {
    setTimeout(() => client.close(), 50);
    await assert.rejects(space.final(1), c.Closed);
  });
  await against([problem(404, "unknown-version")], async (space) => {
    await assert.rejects(space.final(9), { code: "unknown-version" });
  });
  await against([json(200, { status: "sent", version: 1 })], async (space) => {
    await assert.rejects(space.final(1, AbortSignal.timeout(50)));
  });
});
