// SPDX-License-Identifier: Apache-2.0
// Plays what an agent does with the clients that others wrote: list, call, read, over HTTP and over
// the standard streams of a process that LAUNCHER starts. Prints one JSON object of what was
// seen, with the time of the first call of a tool that was answered.
//   run clients.mjs URL COMMAND [ARGUMENT…]   (the command speaks MCP over standard streams)
import assert from 'node:assert/strict'
import { Client as Sdk } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as SdkHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { StdioClientTransport as SdkStdio } from '@modelcontextprotocol/sdk/client/stdio.js'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const [url, command, ...args] = process.argv.slice(2)
const info = { name: 'clients-test', version: '1' }
const seen = {}

async function play(name, client, transport) {
  await client.connect(transport)
  const tools = (await client.listTools()).tools.map(tool => tool.name)
  assert.ok(tools.includes('write_memory') && tools.length === 12, `${name}: ${tools}`)
  const space = `clients-${name}`
  const written = await client.callTool({
    name: 'write_memory',
    arguments: { space, set: [{ path: 'facts.hello', value: name }], update_id: `id-${name}` }
  })
  const at = Date.now()
  assert.equal(written.isError ?? false, false, JSON.stringify(written))
  assert.equal(written.structuredContent.version, 1)
  const found = await client.callTool({ name: 'search_memory', arguments: { space, query: 'hello' } })
  assert.equal(found.structuredContent.items[0].value, name)
  const refused = await client.callTool({ name: 'read_memory', arguments: { space, path: 'none' } })
  assert.equal(refused.isError, true)
  assert.match(refused.content[0].text, /^error nothing-there/)
  const uri = `mnemogrid://${space}/state/facts/hello`
  assert.equal((await client.readResource({ uri })).contents[0].text, JSON.stringify(name))
  assert.equal((await client.listResources()).resources.length, 2)
  assert.equal((await client.listPrompts()).prompts[0].name, 'recall')
  await assert.rejects(() => client.callTool({ name: 'no_such_tool', arguments: {} }))
  seen[name] = { server: client.getServerVersion()?.name, tools: tools.length, at }
  await client.close()
}

const http = () => new URL(`${url}/mcp`)
await play('sdk-http', new Sdk(info), new SdkHttp(http()))
await play('client-http', new Client(info), new StreamableHTTPClientTransport(http()))
await play(
  'client-stateless',
  new Client(info, { versionNegotiation: { mode: 'auto' } }),
  new StreamableHTTPClientTransport(http())
)
const process_ = { command, args, stderr: 'inherit' }
await play('sdk-stdio', new Sdk(info), new SdkStdio(process_))
await play('client-stdio', new Client(info), new StdioClientTransport(process_))
console.log(JSON.stringify(seen))
