// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncBatchedStore, InMemoryStore } from "@langchain/langgraph-checkpoint";
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { MnemogridStore } from "../dist/index.js";
import { newName, newStore, skip, spaceOf } from "./members.mjs";

const NO_NAMESPACES = [[], [""], ["a", ""], ["a.b"], ["a", "b:c"], ["a\0"], [1], ["langgraph"], ["langgraph", "x"]];

async function outcomeOf(call) {
  try {
    return { gave: await call() };
  } catch (error) {
    return { name: error.name, message: error.message };
  }
}

test("what is no namespace is refused as InMemoryStore refuses it, and nothing of its batch is written", { skip }, async () => {
  const { space, store } = await newStore();
  const law = new InMemoryStore();
  const calls = [
    (it, namespace) => it.put(namespace, "k", { n: 1 }),
    (it, namespace) => it.get(namespace, "none"),
    (it, namespace) => it.delete(namespace, "none"),
    (it, namespace) => it.search(namespace, { filter: { n: "none" } }),
    (it, namespace) => it.listNamespaces({ prefix: namespace, suffix: ["none"] }),
    (it, namespace) => it.listNamespaces({ suffix: [...namespace, "none"] }),
    (it, namespace) => it.batch([{ namespace: ["fine"], key: "k", value: {} }, { namespace, key: "none", value: null }]),
    (it, namespace) => it.batch([{ namespacePrefix: namespace, filter: { n: "none" } }]),
    (it, namespace) => it.batch([{ namespace, key: "none" }]),
  ];
  let refused = 0;
  for (const [i, call] of calls.entries()) {
    for (const namespace of NO_NAMESPACES) {
      const wanted = await outcomeOf(() => call(law, namespace));
      const before = (await space.head()).version;
      assert.deepEqual(await outcomeOf(() => call(store, namespace)), wanted, `call ${i} of ${JSON.stringify(namespace)}`);
      if (wanted.name !== undefined) {
        refused++;
        assert.equal((await space.head()).version, before);
      }
    }
  }
  assert.ok(refused > 40, `${refused} were refused`);
});

test("an item keeps its first time, until it is deleted", { skip }, async () => {
  const { store } = await newStore();
  const began = Date.now();
  await store.put(["users", "7"], "prefs", { theme: "dark", drop: undefined, when: new Date(0) });
  const first = await store.get(["users", "7"], "prefs");
  assert.deepEqual(first.value, { theme: "dark", when: "1970-01-01T00:00:00.000Z" });
  assert.deepEqual(first.createdAt, first.updatedAt);
  assert.ok(first.createdAt.getTime() >= began - 1 && first.createdAt.getTime() <= Date.now());
  await store.put(["users", "7"], "prefs", { theme: "light" });
  const second = await store.get(["users", "7"], "prefs");
  assert.deepEqual(second.value, { theme: "light" });
  assert.deepEqual(second.createdAt, first.createdAt);
  assert.ok(second.updatedAt > first.updatedAt);
  await store.delete(["users", "7"], "prefs");
  assert.equal(await store.get(["users", "7"], "prefs"), null);
  assert.deepEqual(await store.listNamespaces(), [["users", "7"]], "as in InMemoryStore, a namespace stays");
  await store.put(["users", "7"], "prefs", {});
  assert.ok((await store.get(["users", "7"], "prefs")).createdAt > first.createdAt);
});

test("the puts and deletes of a batch are one commit, of which other clients see the values in the document", { skip }, async () => {
  const { space, store } = await newStore();
  await store.put(["a"], "old", { n: 0 });
  const before = await space.head();
  const [read, ...rest] = await store.batch([
    { namespace: ["a"], key: "old" },
    { namespace: ["a"], key: "old", value: null },
    { namespace: ["b/c", "~"], key: "x.y", value: { n: 1 } },
    ...Array.from({ length: 50 }, (_, n) => ({ namespace: ["many"], key: "k" + n, value: { n } })),
    { namespace: ["many"], key: "k0", value: { n: "last" } },
    { namespacePrefix: ["many"] },
  ]);
  assert.deepEqual(read.value, { n: 0 });
  assert.deepEqual(rest.slice(0, -1), Array(53).fill(null).slice(0, rest.length - 1));
  assert.deepEqual(rest.at(-1), [], "a batch reads what was there before it");
  assert.equal((await space.head()).version, before.version + 1);
  assert.equal(await space.get("/langgraph/b~1c/~0/:items/x.y/value/n"), 1);
  assert.deepEqual((await store.search(["many"], { limit: 2 })).map(({ value }) => value.n), ["last", 1]);
  for await (const { author, type } of space.updates(before.version)) assert.deepEqual({ author, type }, { author: "tester", type: "langgraph" });
});

test("of two writers of one key the later stands and the log has both", { skip }, async () => {
  const name = newName();
  const stores = await Promise.all(["one", "two"].map(async (author) => new MnemogridStore(await spaceOf(name, "client", []), { author })));
  const space = await spaceOf(name, "reader");
  let met = 0;
  for (let round = 0; round < 10; round++) {
    const { version } = await space.head();
    await Promise.all(stores.map((store, i) => store.put(["shared"], "k", { by: `${["one", "two"][i]}-${round}` })));
    const records = [];
    for await (const record of space.updates(version)) records.push(record);
    const text = JSON.stringify(records);
    assert.ok(text.includes(`"one-${round}"`) && text.includes(`"two-${round}"`), text);
    // If neither had seen the other, the one with the later time stands. Else the one that had seen the other stands.
    const raced = records[1].base < records[0].version;
    met += raced ? 1 : 0;
    const order = ({ timestamp, author }) => timestamp + author;
    const [winner] = raced ? records.toSorted((a, b) => (order(a) < order(b) ? 1 : -1)) : [records[1]];
    assert.equal((await stores[0].get(["shared"], "k")).value.by, `${winner.author}-${round}`);
  }
  assert.ok(met > 0, "no round had writers that did not see each other");
});

/** The space, but `before` runs before each call of a method and `after` behind it. */
function around(space, method, { before = async () => {}, after = async () => {} }) {
  const call = async (...given) => {
    await before();
    const result = await space[method](...given);
    await after();
    return result;
  };
  return new Proxy(space, {
    get(target, name) {
      if (name === method) return call;
      const member = target[name];
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** A promise, and what resolves it. */
function signal() {
  let give;
  const given = new Promise((resolve) => (give = resolve));
  return { given, give };
}

test("an item that a put makes has the time of that put, though another one that it had not seen came first", { skip }, async () => {
  const name = newName();
  const [first, later] = await Promise.all(["first", "later"].map((author) => spaceOf(name, author)));
  const laterSawHead = signal();
  const firstBegan = signal();
  const slow = new MnemogridStore(around(first, "commit", { before: () => (firstBegan.give(), laterSawHead.given) }));
  const putOfFirst = slow.put(["a"], "k", { by: "first" });
  await firstBegan.given;
  await new Promise((resolve) => setTimeout(resolve, 2)); // so that their times differ
  const began = Date.now();
  const store = new MnemogridStore(around(later, "head", { after: () => (laterSawHead.give(), putOfFirst) }));
  await store.put(["a"], "k", { by: "later" });
  const item = await store.get(["a"], "k");
  assert.deepEqual(item.value, { by: "later" });
  assert.ok(item.createdAt.getTime() >= began, "not the time of the item that it had not seen");
  assert.deepEqual(item.updatedAt, item.createdAt);
});

test("a put onto an item keeps its first time, whatever others commit meanwhile", { skip }, async () => {
  const { space, store } = await newStore();
  await store.put(["a"], "k", { n: 0 });
  const { createdAt } = await store.get(["a"], "k");
  const busy = new MnemogridStore(around(space, "head", { after: () => space.set("/other", Math.random()) }));
  await busy.put(["a"], "k", { n: 1 });
  const item = await store.get(["a"], "k");
  assert.deepEqual(item.value, { n: 1 });
  assert.deepEqual(item.createdAt, createdAt);
  assert.ok(item.updatedAt > createdAt);
});

test("64 tasks put 20 items each by way of 4 stores, and none is lost", { skip }, async (t) => {
  const warnings = [];
  process.on("warning", (warning) => warnings.push(warning));
  const name = newName();
  const stores = await Promise.all([0, 1, 2, 3].map(async (n) => new MnemogridStore(await spaceOf(name, "agent-" + n))));
  const began = performance.now();
  await Promise.all(
    Array.from({ length: 64 }, async (_, task) => {
      for (let n = 0; n < 20; n++) await stores[task % 4].put(["team"], `${task}-${n}`, { task, n });
    }),
  );
  t.diagnostic(`1,280 puts in ${Math.round(performance.now() - began)} ms`);
  const found = await stores[0].search(["team"], { limit: 2_000 });
  assert.deepEqual(found.map(({ value: { task, n } }) => 20 * task + n).toSorted((a, b) => a - b), Array.from({ length: 1_280 }, (_, i) => i));
  assert.deepEqual(warnings, []);
});

test("a graph of LangGraph remembers between its runs and for others", { skip }, async () => {
  const name = newName();
  const State = Annotation.Root({ said: Annotation(), knew: Annotation() });
  const graphOn = (store) =>
    new StateGraph(State)
      .addNode("remember", async ({ said }, { store: memory, configurable: { user } }) => {
        const knew = (await memory.search([user])).map(({ value }) => value.said);
        await Promise.all([memory.put([user], said, { said }), memory.put([user, "log"], said, { at: knew.length })]);
        return { knew };
      })
      .addEdge(START, "remember")
      .addEdge("remember", END)
      .compile({ store });
  const [one, two] = await Promise.all(["one", "two"].map(async (author) => new MnemogridStore(await spaceOf(name, author))));
  await graphOn(one).invoke({ said: "tea" }, { configurable: { user: "ann" } });
  const { knew } = await graphOn(two).invoke({ said: "milk" }, { configurable: { user: "ann" } });
  assert.deepEqual(knew, ["tea", undefined]);
  assert.deepEqual((await two.search(["ann", "log"])).map(({ value }) => value.at), [0, 2]);
});

test("the batching store of LangGraph makes one commit of what is put at once", { skip }, async () => {
  const { space, store } = await newStore();
  const batched = new AsyncBatchedStore(store);
  batched.start();
  await Promise.all(Array.from({ length: 10 }, (_, n) => batched.put(["n"], "k" + n, { n })));
  await batched.stop();
  assert.equal((await space.head()).version, 1);
  assert.equal((await store.search(["n"])).length, 10);
});

test("a query ranks nothing, as without an index in InMemoryStore, and is warned of once", { skip }, async () => {
  const warnings = [];
  const { store } = await newStore(warnings);
  await store.put(["a"], "k", { text: "tea" }, ["text"]);
  for (let i = 0; i < 2; i++) assert.equal((await store.search(["a"], { query: "coffee" })).length, 1);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /query.*search_memory/);
});

test("what no document takes is refused with its name, before anything is sent", { skip }, async () => {
  const { space, store } = await newStore();
  const refusals = [
    [() => store.put(["a"], "k".repeat(1_100), {}), RangeError, /the key "k{80}" in \["a"\].*1130 bytes.*1024/],
    [() => store.put(Array(30).fill("a"), "k", {}), RangeError, /33 segments|34 segments/],
    [() => store.search(["é".repeat(600)]), RangeError, /the namespace .* bytes/],
    [() => store.put(["a"], "\ud800", {}), RangeError, /surrogate/],
    [() => store.put(["a"], "k", undefined), TypeError, /the value of \["a","k"\] is no JSON/],
    [() => store.batch([{ namespace: ["a"], key: 1, value: {} }]), TypeError, /a string, got 1/],
    [async () => new MnemogridStore(space, { path: "facts" }), RangeError, /JSON Pointer/],
    [async () => new MnemogridStore(space, { path: "" }), RangeError, /JSON Pointer/],
  ];
  for (const [call, type, message] of refusals) {
    await assert.rejects(call, (error) => (assert.ok(error instanceof type, String(error)), assert.match(error.message, message), true));
  }
  assert.equal((await space.head()).version, 0);
});

test("what a member refuses is its problem, and the batch is as if it had not been", { skip }, async () => {
  const { space, store } = await newStore();
  const deep = (levels) => (levels === 0 ? 1 : { d: deep(levels - 1) });
  const cases = [
    [{ text: "x".repeat(257 * 1024) }, "bad-value"],
    [deep(40), /./],
    [{ text: "\ud800" }, /./],
  ];
  for (const [value, code] of cases) {
    const put = store.batch([{ namespace: ["a"], key: "fine", value: { n: 1 } }, { namespace: ["a"], key: "k", value }]);
    await assert.rejects(put, (error) => (typeof code === "string" ? assert.equal(error.code, code) : assert.match(error.message, code), true));
  }
  assert.equal((await space.head()).version, 0);
});

test("a search over more than one answer holds says what to do, and a part of it is found", { skip }, async () => {
  const { store } = await newStore();
  const text = "x".repeat(250 * 1024);
  for (let part = 0; part < 3; part++) {
    await store.batch(Array.from({ length: 12 }, (_, n) => ({ namespace: ["large", "part" + part], key: "k" + n, value: { text } })));
  }
  await assert.rejects(store.search(["large"]), /\["large"\] is more than one answer holds: name a longer prefix/);
  await assert.rejects(store.listNamespaces(), /the whole store is more/);
  assert.equal((await store.search(["large", "part1"], { limit: 20 })).length, 12);
  assert.equal((await store.get(["large", "part2"], "k11")).value.text.length, text.length);
});

test("what others keep below the path of the store is no item, and stays", { skip }, async () => {
  const { space, store } = await newStore();
  const foreign = { a: { ":items": { odd: 1, half: { value: {} }, list: [1] } }, note: "text", ":items": [1] };
  await space.set("/langgraph", foreign);
  assert.deepEqual(await store.search([]), []);
  assert.equal(await store.get(["a"], "half"), null);
  await store.put(["a"], "k", { n: 1 });
  assert.deepEqual((await store.search([])).map(({ key }) => key), ["k"]);
  assert.equal(await space.get("/langgraph/note"), "text");
});
