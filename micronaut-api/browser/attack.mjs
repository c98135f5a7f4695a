// SPDX-License-Identifier: Apache-2.0
// Pages of others in a real Chromium, which try to write into a member's memory and to read it.
// node attack.mjs CHROMIUM PORT SPACE: PORT is the member's. The same pages then attack a server
// that lets everybody in; what they did there shows that they bite. Prints one line of JSON:
// {"member":{"reads":[…],"statuses":{…}},"open":{"reads":[…],"writes":n}}.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [executablePath, memberPort, space] = process.argv.slice(2)
const EVIL = 'evil.example' // resolves to loopback, as a name does whose owner has rebound it

function listen(handler) {
  return new Promise((resolve) => {
    const server = createServer(handler)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

const pages = await listen((_, answer) => {
  answer.setHeader('content-type', 'text/html')
  answer.end('<!doctype html><title>a page of others</title><body>')
})

let writes = 0
const open = await listen((request, answer) => {
  request.resume()
  request.on('end', () => {
    writes += request.method === 'POST' || request.method === 'PUT' ? 1 : 0
    answer.setHeader('content-type', 'application/json')
    answer.end('{"secret":"of the memory"}')
  })
})

/** Runs in the page: all that a page can send, to every name of this machine. */
async function attack({ port, space, from, hosts }) {
  const reads = []
  const patience = () => AbortSignal.timeout(3000)
  const delta = (id) =>
    JSON.stringify({
      update_id: `${from} ${id}`,
      base: 0,
      author: 'page',
      timestamp: '2026-02-05T19:00:50Z',
      type: 'attack',
      changes: { added: [{ key: '/policies/x', value: 'by a web page' }] }
    })
  const read = async (what, url, options = {}) => {
    try {
      const response = await fetch(url, { ...options, signal: patience() })
      const text = await response.text()
      if (response.ok && text !== '') {
        reads.push(`${from}: ${what} ${url}: ${text.slice(0, 100)}`)
      }
    } catch {
      // refused, which is what is hoped for
    }
  }
  for (const host of hosts) {
    const api = `http://${host}:${port}/v1`
    const ours = `${api}/spaces/${space}`
    const post = (url, body, mode) => read('POST', url, { method: 'POST', mode, body })
    await Promise.all([
      read('GET', `${ours}/state`),
      read('GET', `${ours}/updates`),
      read('GET', `${api}/spaces`, { cache: 'no-store' }),
      read('PUT', `${api}/spaces/by-a-page`, { method: 'PUT' }),
      read('JSON', `${ours}/updates`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: delta(`${host} cors`)
      }),
      post(`${ours}/updates`, new Blob([delta(`${host} blob`)]), 'no-cors'),
      post(`${ours}/updates`, delta(`${host} text`), 'no-cors'),
      post(`${ours}/updates`, new Blob([delta(`${host} same`)]), 'same-origin'),
      post(`${ours}/rollback`, new Blob(['{"to":0,"author":"page","update_id":"r"}']), 'no-cors'),
      post(`${api}/audits`, undefined, 'no-cors'),
      post(`${api}/checkpoints`, undefined, 'no-cors')
    ])
    navigator.sendBeacon(`${ours}/updates`, new Blob([delta(`${host} beacon`)]))

    const frame = document.createElement('iframe')
    frame.name = `f-${host}`
    document.body.append(frame)
    const form = document.createElement('form')
    form.method = 'POST'
    form.enctype = 'text/plain'
    form.action = `${ours}/updates`
    form.target = frame.name
    const field = document.createElement('input')
    field.name = delta(`${host} form`).replace(/}$/, ',"x":"')
    field.value = '"}'
    form.append(field)
    document.body.append(form)
    form.submit()

    const looked = document.createElement('iframe')
    looked.src = `${ours}/state`
    const loaded = new Promise((resolve) => {
      looked.onload = resolve
      setTimeout(resolve, 2000)
    })
    document.body.append(looked)
    const script = document.createElement('script')
    script.src = `${ours}/state`
    document.body.append(script)
    await loaded
    try {
      const text = looked.contentDocument.body.innerText
      if (/secret|by the test/.test(text)) {
        reads.push(`${from}: frame ${looked.src}: ${text.slice(0, 100)}`)
      }
    } catch {
      // of another origin
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 500)) // beacon and form are on their way
  return reads
}

const profile = mkdtempSync(join(tmpdir(), 'mnemogrid-browser'))
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  chromiumSandbox: false,
  args: [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // The browser's own guard is off: the member must not lean on it.
    '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
    `--host-resolver-rules=MAP ${EVIL} 127.0.0.1`
  ]
})

async function besiege(port) {
  const reads = []
  const statuses = {}
  const hosts = ['127.0.0.1', 'localhost', '0.0.0.0', 'x.localhost', EVIL]
  const origins = [
    `http://127.0.0.1:${pages.address().port}/`,
    `http://localhost:${pages.address().port}/`,
    `http://${EVIL}:${pages.address().port}/`,
    `http://${EVIL}:${port}/rebound` // the page came from there before the name was rebound
  ]
  for (const origin of origins) {
    const page = await context.newPage()
    await page.route('**/rebound', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><body>' })
    )
    page.on('response', (response) => {
      if (new URL(response.url()).port === String(port)) {
        statuses[response.status()] = (statuses[response.status()] ?? 0) + 1
      }
    })
    await page.goto(origin)
    reads.push(...(await page.evaluate(attack, { port, space, from: origin, hosts })))
    await page.close()
  }
  const page = await context.newPage()
  const shown = await page.goto(`http://${EVIL}:${port}/v1/spaces`)
  if (shown.ok()) {
    reads.push(`the address bar: ${await shown.text()}`)
  }
  await page.close()
  return { reads, statuses }
}

try {
  const member = await besiege(Number(memberPort))
  const twin = await besiege(open.address().port)
  console.log(JSON.stringify({ member, open: { reads: twin.reads, writes } }))
} finally {
  await context.close()
  rmSync(profile, { recursive: true, force: true })
  pages.close()
  open.close()
  pages.closeAllConnections()
  open.closeAllConnections()
}
