// SPDX-License-Identifier: Apache-2.0
// A member of a few lines: it answers what a test says, in order, and keeps what it was sent.
import { createServer } from "node:http";

/** `answers` are functions of (request, response), the last one for all that comes later. */
export async function member(...answers) {
  const requests = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      const kept = { method, url, headers, body: Buffer.concat(chunks).toString(), at: Date.now() };
      requests.push(kept);
      (answers[requests.length - 1] ?? answers.at(-1))(kept, response);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = "http://127.0.0.1:" + server.address().port;
  const close = () => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
  return { url, requests, close };
}

export const json = (status, body, headers = {}) => (_, response) => {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};

export const problem = (status, code, more = {}, headers = {}) =>
  json(status, { code, detail: "because", errors: [], hint: "do this", request_id: "0123456789abcdef", status, title: "T", type: "urn:x", ...more }, headers);

/** A commit that is answered with this version, under the id that was sent. */
export const committed = (version, more = {}) => (request, response) => {
  const update_id = request.headers["idempotency-key"];
  const body = { applied: [], outcome: "applied", overrode: [], root: "0x", space: "s", superseded: [], update_id, version, ...more };
  json(more.duplicate ? 200 : 201, body, { ETag: tag(version) })(request, response);
};

export const tag = (version) => `"${version}.0123456789abcdef"`;

export const lost = (request, response) => response.socket.destroy();

/** A stream that says this and then ends, or stays open. */
export const stream = (text, open = false) => (_, response) => {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  if (text !== "") response.write(text);
  else response.flushHeaders();
  if (!open) response.end();
};
