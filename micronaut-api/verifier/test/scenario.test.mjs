// SPDX-License-Identifier: Apache-2.0
// The runner of the scenario that all clients play. With TEST_MEMBER_URLS (base URLs with commas) it plays the whole
// file there, once more by way of connections that break off.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { playScenario } from "../dist/client/index.js";
import { json, member, problem, tag } from "./member.mjs";

const urls = process.env.TEST_MEMBER_URLS?.split(",");
const skip = urls === undefined ? "TEST_MEMBER_URLS names no member" : false;
const file = fileURLToPath(new URL("scenario.json", import.meta.url));
const command = fileURLToPath(new URL("../bin/scenario.mjs", import.meta.url));
const scenario = JSON.parse(readFileSync(file, "utf8"));

function run(...args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...args]);
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.stderr.on("data", (chunk) => (text += chunk));
    child.on("close", (status) => resolve({ status, text }));
  });
}

test("the runner prints a line for each step of the whole file", { skip }, async () => {
  const { status, text } = await run(urls.join(","), file);
  assert.equal(status, 0, text);
  assert.equal(text.trim().split("\n").length, scenario.steps.length, text);
});

/** Hands requests on to a member. `fate` says of each what is lost: nothing, the request, or the answer. */
async function lossy(target, fate) {
  const { host, hostname, port } = new URL(target);
  const server = createServer((request, response) => {
    const what = fate(request);
    if (what === "request") return request.socket.destroy();
    const onward = ask({ hostname, port, path: request.url, method: request.method, headers: { ...request.headers, host } }, (answer) => {
      if (what === "answer") return request.socket.destroy();
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => request.socket.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => (server.closeAllConnections(), server.close());
  return { url: "http://127.0.0.1:" + server.address().port, close };
}

test("each step comes out the same when every third request or answer is lost, and a member is killed", { skip }, async () => {
  let count = 0;
  const fates = [undefined, undefined, "request", undefined, undefined, "answer"];
  const bad = await lossy(urls[0], () => fates[count++ % fates.length]);
  const killed = await lossy(urls.at(-1), () => undefined);
  const lines = [];
  const print = (line) => {
    lines.push(line);
    if (lines.length === 12) killed.close();
  };
  try {
    // A refusal that is sent again is the same one; a success is the same but for `duplicate`, which no step expects
    // to be false.
    await playScenario([killed.url, bad.url], scenario, print);
    assert.equal(lines.length, scenario.steps.length);
    assert.ok(count > 30, "requests went by way of the bad member");
  } finally {
    bad.close();
    killed.close();
  }
});

test("the runner names the first difference and fails", async () => {
  const one = await member(json(200, {}), json(200, { version: 1, root: "0x", log_root: "0x" }, { ETag: tag(1) }));
  const { status, text } = await run(one.url, file);
  await one.close();
  assert.equal(status, 7);
  assert.match(text, /differs: step 1\/\d+ expect_error of scenario-[0-9a-f]{16}: /);
});

test("a step that is not refused, or with another code, is a difference", async () => {
  const steps = [{ op: "expect_error", code: "unknown-space", status: 404, step: { op: "head" } }];
  const play = async (...answers) => {
    const one = await member(...answers);
    const lines = [];
    try {
      await playScenario([one.url], { format: "mnemogrid-scenario-1", steps }, (line) => lines.push(line));
    } finally {
      await one.close();
    }
    return lines;
  };
  assert.deepEqual(await play(problem(404, "unknown-space")), ["ok 1/1 expect_error: 404 unknown-space"]);
  await assert.rejects(play(problem(404, "nothing-there")), /nothing-there.*expected 404 unknown-space/);
  await assert.rejects(play(json(200, { version: 0, root: "", log_root: "" }, { ETag: tag(0) })), /was not refused/);
});

test("what the runner does not know is a difference, and what it cannot read is told apart", async () => {
  await assert.rejects(playScenario(["http://127.0.0.1:1"], { format: "mnemogrid-scenario-1", steps: [{ op: "dance" }] }, () => undefined), /does not know/);
  await assert.rejects(playScenario(["http://127.0.0.1:1"], { format: "other" }, () => undefined), /no scenario/);
  for (const args of [[], ["http://127.0.0.1:1"], ["http://127.0.0.1:1", "/nowhere"], ["ftp://x", file]]) assert.equal((await run(...args)).status, 2);
});
