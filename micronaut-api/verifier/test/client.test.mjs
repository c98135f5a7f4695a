// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as c from "../dist/client/index.js";
import { committed, json, lost, member, problem, tag } from "./member.mjs";

/** Plays against a member that gives these answers. */
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

const ONE = { set: { "facts.a": 1 } };

test("a commit is sent again under its id, byte by byte, until its outcome is known", async () => {
  const unknown = json(202, { ask: "/v1/x", detail: "d", hint: "h", outcome: "unknown", space: "s", update_ids: ["x"] });
  const answers = [lost, problem(503, "not-applied"), unknown, problem(500, "internal"), committed(4, { duplicate: true })];
  await against(answers, async (space, { requests }) => {
    const result = await space.commit(ONE, { base: 3 });
    assert.equal(result.version, 4);
    assert.equal(result.duplicate, true);
    assert.equal(requests.length, 5);
    assert.equal(new Set(requests.map(({ body }) => body)).size, 1);
    const sent = JSON.parse(requests[0].body);
    assert.equal(sent.update_id, result.update_id);
    assert.match(sent.update_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(sent.changes, { added: [{ key: "facts.a", value: 1 }] });
    assert.equal(sent.base, 3);
    for (const { headers, url } of requests) {
      assert.equal(url, "/v1/spaces/s/updates");
      assert.equal(headers.prefer, "return=minimal");
      assert.equal(headers["idempotency-key"], result.update_id);
      assert.equal(headers.authorization, undefined);
    }
  });
});

test("patches and rollbacks have an id too", async () => {
  await against([lost, committed(2), lost, committed(3), lost, committed(4)], async (space, { requests }) => {
    await space.patch({ a: null });
    await space.patch([{ op: "remove", path: "/a" }]);
    await space.rollback(1);
    const ids = requests.map(({ headers }) => headers["idempotency-key"]);
    assert.ok(ids[0] === ids[1] && ids[2] === ids[3] && ids[4] === ids[5] && new Set(ids).size === 3);
    assert.deepEqual(requests.map(({ headers }) => headers["content-type"]).filter((_, i) => i % 2 === 0), [
      "application/merge-patch+json", "application/json-patch+json", "application/json",
    ]);
    assert.equal(requests[0].headers["mnemogrid-author"], "me");
    assert.deepEqual(JSON.parse(requests[4].body), { author: "me", to: 1, update_id: ids[4] });
  });
});

test("waits as long as Retry-After says", async () => {
  await against([problem(429, "rate", {}, { "Retry-After": "1" }), committed(1)], async (space, { requests }) => {
    await space.commit(ONE, { base: 0 });
    assert.ok(requests[1].at - requests[0].at >= 990);
  });
});

test("at the deadline the outcome is unknown, and the error has the id", async () => {
  for (const answer of [lost, problem(503, "not-applied"), problem(429, "rate", {}, { "Retry-After": "60" }), json(201, { not: "an answer" })]) {
    await against([answer], async (space) => {
      const begun = Date.now();
      await assert.rejects(space.commit(ONE, { base: 0, updateId: "mine", deadlineMillis: 1_000 }), (error) => {
        assert.ok(error instanceof c.OutcomeUnknown);
        assert.equal(error.updateId, "mine");
        assert.match(error.message, /mine/);
        return true;
      });
      assert.ok(Date.now() - begun < 20_000, "a Retry-After beyond the deadline is not waited for");
    });
  }
});

test("a silent member is given up after the time of one request", async () => {
  await against([() => undefined, committed(1)], async (space, { requests }) => {
    await space.commit(ONE, { base: 0 });
    assert.ok(requests.length >= 2);
  }, { timeoutMillis: 500 });
});

test("who aborts a commit that was sent is told that its outcome is unknown", async () => {
  const stop = new AbortController();
  await against([() => stop.abort()], async (space) => {
    await assert.rejects(space.commit(ONE, { base: 0, signal: stop.signal }), c.OutcomeUnknown);
  });
});

test("a refusal is thrown with all that it says", async () => {
  const errors = [{ pointer: "/changes", detail: "none" }];
  await against([problem(409, "strict-conflict", { errors, head: 7 })], async (space, { requests }) => {
    await assert.rejects(space.commit(ONE, { base: 0, strict: true }), (error) => {
      assert.ok(error instanceof c.Problem);
      const { status, code, detail, hint, requestId, members } = error;
      assert.deepEqual({ status, code, detail, hint, requestId }, {
        status: 409, code: "strict-conflict", detail: "because", hint: "do this", requestId: "0123456789abcdef",
      });
      assert.deepEqual(error.errors, errors);
      assert.equal(members.head, 7);
      return true;
    });
    assert.equal(requests.length, 1);
  });
});

test("after an open outcome a refusal is believed only when the log does not have the id", async () => {
  const found = json(200, { items: [{ version: 5 }], next: null });
  const none = json(200, { items: [], next: null });
  const stale = problem(412, "precondition-failed");
  await against([lost, stale, found, committed(5, { duplicate: true })], async (space, { requests }) => {
    assert.equal((await space.commit(ONE, { base: 4, ifMatch: tag(4), updateId: "u1" })).version, 5);
    assert.equal(requests[2].url, "/v1/spaces/s/updates?update_id=u1");
  });
  await against([lost, stale, none], async (space) => {
    await assert.rejects(space.commit(ONE, { base: 4, ifMatch: tag(4) }), { code: "precondition-failed" });
  });
  const refused = problem(401, "key-unknown");
  await against([lost, refused, refused], async (space) => {
    await assert.rejects(space.commit(ONE, { base: 4 }), c.OutcomeUnknown);
  });
});

test("what is damaged, full or no member at all is not asked again and again", async () => {
  await against([problem(503, "log-damaged")], async (space, { requests }) => {
    await assert.rejects(space.get(), { code: "log-damaged" });
    assert.equal(requests.length, 1);
  });
  await against([problem(507, "quota")], async (space) => {
    await assert.rejects(space.commit(ONE, { base: 0 }), { code: "quota", status: 507 });
  });
  const page = (_, response) => response.writeHead(404, { "Content-Type": "text/html" }).end("<h1>no</h1>");
  await against([page], async (space) => {
    await assert.rejects(space.get(), { code: "http-404", requestId: null });
  });
});

test("the next member is asked when one does not answer", async () => {
  const [dead, alive] = [await member(lost), await member(json(200, { a: 1 }, { ETag: tag(3) }))];
  await dead.close();
  const client = new c.Client([dead.url, alive.url]);
  const space = await client.space("s", { create: false });
  assert.deepEqual(await space.read(), { value: { a: 1 }, version: 3, etag: tag(3) });
  assert.equal(alive.requests.length, 1);
  client.close();
  await alive.close();
});

test("where no member answers, a read says so and a commit is unknown", async () => {
  const dead = await member(lost);
  await dead.close();
  const space = await new c.Client(dead.url, { author: "me", deadlineMillis: 300 }).space("s", { create: false });
  await assert.rejects(space.get(), (error) => error instanceof c.Unreachable && /ECONNREFUSED/.test(error.message));
  await assert.rejects(space.commit(ONE, { base: 0 }), c.OutcomeUnknown);
});

test("a member that is behind what was shown is asked again", async () => {
  const at = (version) => json(200, { a: version }, { ETag: tag(version) });
  await against([at(5), at(4), at(4), at(6)], async (space, { requests }) => {
    assert.deepEqual(await space.get(), { a: 5 });
    assert.deepEqual(await space.get(), { a: 6 });
    assert.equal(requests.length, 4);
  });
  await against([at(5), at(1)], async (space) => {
    await space.get();
    await assert.rejects(space.get("", { deadlineMillis: 4_000 }), c.Behind);
  });
});

test("another member first shows what was shown before, also where the answer names no version", async () => {
  const head = (version) => json(200, { version, root: "0x", log_root: "0x" }, { ETag: tag(version) });
  const first = await member(head(5), lost);
  const second = await member(json(200, { items: [], next: null }), head(4), head(5), json(200, { items: [{ version: 5 }], next: null }));
  const client = new c.Client([first.url, second.url]);
  const space = await client.space("s", { create: false });
  await space.head();
  await first.close();
  const versions = [];
  for await (const { version } of space.updates(4)) versions.push(version);
  assert.deepEqual(versions, [5]);
  client.close();
  await second.close();
});

test("a key never goes unencrypted to another host, and is in no message", async () => {
  const key = "mg_secret-of-the-test";
  assert.throws(() => new c.Client("http://example.org", { key }), (error) => !error.message.includes(key) && /example\.org/.test(error.message));
  assert.throws(() => new c.Client(["http://127.0.0.1:1", "http://10.0.0.1:1"], { key }), c.MnemogridError);
  for (const url of ["http://localhost:1", "http://127.9.9.9:1", "http://[::1]:1", "https://example.org"]) new c.Client(url, { key });
  new c.Client("http://example.org", { key, allowInsecure: true });
  new c.Client("http://example.org");
  assert.throws(() => new c.Client("http://localhost", { key: key + "\n" }), (error) => !error.message.includes(key));
  for (const url of ["ftp://x", "nothing", "http://u:p@localhost", "http://localhost/?a=1", []]) {
    assert.throws(() => new c.Client(url), (error) => error instanceof RangeError && !error.message.includes("u:p"));
  }
  await against([problem(401, "key-unknown")], async (space, { requests }, client) => {
    assert.ok(!inspect([client, space], { depth: 9, showHidden: true }).includes(key));
    await assert.rejects(space.get(), (error) => !JSON.stringify({ ...error, text: error.message + error.stack }).includes(key));
    assert.equal(requests[0].headers.authorization, "Bearer " + key);
  }, { key });
  process.env.MNEMOGRID_KEY = key;
  try {
    await against([json(200, {}, { ETag: tag(1) })], async (space, { requests }) => {
      await space.get();
      assert.equal(requests[0].headers.authorization, "Bearer " + key);
    });
    await against([json(200, {}, { ETag: tag(1) })], async (space, { requests }) => {
      await space.get();
      assert.equal(requests[0].headers.authorization, undefined);
    }, { key: null });
  } finally {
    delete process.env.MNEMOGRID_KEY;
  }
});

test("a redirect is not followed, so no key goes where it leads", async () => {
  const elsewhere = await member(json(200, {}, { ETag: tag(1) }));
  const away = (_, response) => response.writeHead(307, { Location: elsewhere.url + "/v1/spaces/s/state" }).end();
  await against([away], async (space) => {
    await assert.rejects(space.get("", { deadlineMillis: 1_000 }), c.Unreachable);
    assert.equal(elsewhere.requests.length, 0);
  }, { key: "mg_x" });
  await elsewhere.close();
});

test("an answer has at most 16 MiB", async () => {
  const endless = (_, response) => {
    response.writeHead(200, { "Content-Type": "application/json", ETag: tag(1) });
    const chunk = Buffer.alloc(1 << 20, 0x20);
    for (let i = 0; i < 17; i++) response.write(chunk);
    response.end("1");
  };
  await against([endless], async (space, { requests }) => {
    await assert.rejects(space.get(), c.AnswerTooLarge);
    assert.equal(requests.length, 1);
  });
});

test("what is no JSON is never sent, and who writes must be named", async () => {
  await against([committed(1)], async (space, { requests }) => {
    for (const value of [NaN, Infinity, undefined, "\ud800", () => 1]) {
      await assert.rejects(space.set("a", value, { base: 0 }), (error) => error instanceof RangeError || error instanceof TypeError);
    }
    await assert.rejects(space.set("a", 1, { base: 0, author: "two\nlines", ifMatch: "a\nb" }), TypeError);
    assert.equal(requests.length, 0);
  });
  await against([committed(1)], async (space) => {
    await assert.rejects(space.set("a", 1, { base: 0 }), /author/);
  }, { author: undefined });
});

test("a commit without a base takes the head that is there", async () => {
  await against([json(200, { version: 9, root: "0x", log_root: "0x" }, { ETag: tag(9) }), committed(10)], async (space, { requests }) => {
    const changes = { set: { "/a": 1, "/b": 2 }, delete: ["/c", "/d"], was: { "/a": 0, "/c": null } };
    await space.commit(changes, { strict: true, reads: ["/e"], missed: true, redact: true });
    const { base, changes: sent, strict, reads } = JSON.parse(requests[1].body);
    assert.deepEqual({ base, strict, reads }, { base: 9, strict: true, reads: ["/e"] });
    assert.deepEqual(sent, {
      added: [{ key: "/b", value: 2 }],
      deleted: [{ key: "/c", old_value: null }, { key: "/d" }],
      modified: [{ key: "/a", new_value: 1, old_value: 0 }],
    });
    assert.equal(requests[1].headers.prefer, "redact");
  });
});

test("compute plays again on the head that is there when another was quicker", async () => {
  const at = (version, value) => json(200, value, { ETag: tag(version) });
  const stale = problem(412, "precondition-failed", { current: { version: 3, etag: tag(3), root: "0x" } });
  await against([at(2, 10), stale, at(2, 10), at(3, 11), committed(4)], async (space, { requests }) => {
    const { value, version, retries } = await space.compute("n", (n) => n + 1);
    assert.deepEqual({ value, version, retries }, { value: 12, version: 4, retries: 1 });
    assert.deepEqual(requests.filter(({ method }) => method === "POST").map(({ headers }) => headers["if-match"]), [tag(2), tag(3)]);
    const ids = requests.filter(({ method }) => method === "POST").map(({ body }) => JSON.parse(body).update_id);
    assert.notEqual(ids[0], ids[1]);
  });
  const nothing = problem(404, "nothing-there");
  const head = json(200, { version: 6, root: "0x", log_root: "0x" }, { ETag: tag(6) });
  await against([nothing, head, nothing, committed(7)], async (space, { requests }) => {
    const seen = [];
    const { value } = await space.compute("n", (n) => (seen.push(n), n + 1), { otherwise: 0 });
    assert.equal(value, 1);
    assert.deepEqual(seen, [0]);
    assert.equal(requests[2].url, "/v1/spaces/s/state?path=n&at=6");
    assert.equal(requests[3].headers["if-match"], tag(6));
  });
  await against([at(2, null)], async (space) => {
    const { result, value } = await space.compute("n", (n) => n, { otherwise: 0 });
    assert.equal(result, null);
    assert.equal(value, null);
  });
});

test("pages are read to the last one", async () => {
  const pages = [json(200, { items: [{ version: 1 }], next: 1 }), json(200, { items: [], next: 7 }), json(200, { items: [{ version: 8 }], next: null })];
  await against(pages, async (space, { requests }) => {
    const versions = [];
    for await (const { version } of space.history("a.b")) versions.push(version);
    assert.deepEqual(versions, [1, 8]);
    assert.deepEqual(requests.map(({ url }) => new URL(url, "http://x").searchParams.get("cursor")), [null, "1", "7"]);
  });
});

test("poll shows a state when it changed", async () => {
  const at = (version, value) => json(200, value, { ETag: tag(version) });
  await against([at(1, "a"), at(1, "a"), at(2, "a"), problem(404, "nothing-there"), json(200, { version: 3, root: "", log_root: "" }, { ETag: tag(3) }), problem(404, "nothing-there"), at(4, "b")], async (space) => {
    const seen = [];
    for await (const { value, version } of space.poll("x", { everyMillis: 5 })) {
      seen.push([version, value]);
      if (version === 4) break;
    }
    assert.deepEqual(seen, [[1, "a"], [3, undefined], [4, "b"]]);
  });
});

test("the package exports verifier and client by name", async () => {
  assert.equal((await import("mnemogrid-verifier/client")).Client, c.Client);
  assert.equal(typeof (await import("mnemogrid-verifier")).verifyBundle, "function");
});

test("ids of version 7 come in the order of time", () => {
  assert.equal(c.newUpdateId(0x0123456789ab).slice(0, 14), "01234567-89ab-");
  assert.ok(c.newUpdateId(1) < c.newUpdateId(2 ** 41));
});
