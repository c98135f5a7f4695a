// SPDX-License-Identifier: Apache-2.0
// Spaces of their own at the members that TEST_MEMBER_URLS names (base URLs with commas).
import { after } from "node:test";
import { Client } from "mnemogrid-verifier/client";
import { MnemogridStore } from "../dist/index.js";

const urls = process.env.TEST_MEMBER_URLS?.split(",");
export const skip = urls === undefined ? "TEST_MEMBER_URLS names no member" : false;

let count = 0;
const clients = [];
after(() => clients.forEach((client) => client.close()));

/** The name of a new space. */
export function newName() {
  return "langgraph-" + Date.now().toString(36) + "-" + process.pid + "-" + count++;
}

/** A space by way of a client of its own; `warnings` takes what the client warns of. */
export function spaceOf(name, author, warnings = []) {
  const client = new Client(urls, { author, onWarning: (warning) => warnings.push(warning) });
  clients.push(client);
  return client.space(name);
}

/** A store in a new space, with that space. */
export async function newStore(warnings = []) {
  const space = await spaceOf(newName(), "tester", warnings);
  return { space, store: new MnemogridStore(space) };
}
