// SPDX-License-Identifier: Apache-2.0
// Some processes of one server of MCP write one graph at once: each adds observations to an entity
// that all share, and makes entities of its own, in turn, and waits for each answer. Then another
// process reads the graph, and what was acknowledged is looked for in it. Prints one JSON object.
//   run lost-writes.mjs PROCESSES WRITES COMMAND [ARGUMENT…]
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'

const [processes, writes, command, ...args] = process.argv.slice(2)
const SHARED = 'shared'

async function start(number) {
  const client = new Client({ name: `writer-${number}`, version: '1' })
  await client.connect(new StdioClientTransport({ command, args, env: process.env, stderr: 'ignore' }))
  return client
}

async function call(client, name, args) {
  try {
    const result = await client.callTool({ name, arguments: args })
    return result.isError ? null : result.structuredContent
  } catch {
    return null
  }
}

async function write(client, number) {
  const acknowledged = []
  for (let i = 0; i < Number(writes); i++) {
    const text = `w${number}-${i}`
    const done = i % 2 === 0
      ? await call(client, 'add_observations', { observations: [{ entityName: SHARED, contents: [text] }] })
      : await call(client, 'create_entities', { entities: [{ name: text, entityType: 't', observations: [] }] })
    if (done !== null) acknowledged.push(text)
  }
  return acknowledged
}

const clients = []
for (let i = 0; i < Number(processes); i++) clients.push(await start(i))
const first = await call(clients[0], 'create_entities', { entities: [{ name: SHARED, entityType: 't', observations: [] }] })
if (first === null) throw new Error('the shared entity cannot be made')
const began = performance.now()
const acknowledged = (await Promise.all(clients.map(write))).flat()
const seconds = (performance.now() - began) / 1000
await Promise.all(clients.map(client => client.close()))
const reader = await start('reader')
const graph = await call(reader, 'read_graph', {}) ?? { entities: [] } // a file that is broken holds nothing
await reader.close()
const kept = new Set(graph.entities.map(entity => entity.name))
for (const entity of graph.entities) {
  if (entity.name === SHARED) entity.observations.forEach(text => kept.add(text))
}
const lost = acknowledged.filter(text => !kept.has(text)).length
console.log(JSON.stringify({
  acknowledged: acknowledged.length, lost, refused: processes * writes - acknowledged.length,
  milliseconds: Math.round(seconds * 1000)
}))
