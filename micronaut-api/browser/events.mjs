// SPDX-License-Identifier: Apache-2.0
// A page of the member's own follows a space by an EventSource and a ticket, in a real Chromium.
// KEY=mg_… node events.mjs CHROMIUM PORT SPACE: the space has two versions; the page makes a third.
// Prints one line of JSON: {"answer":status,"ids":[…],"versions":[…],"again":"closed"}.
import { chromium } from 'playwright-core'

const [executablePath, port, space] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${port}/docs`)
  const told = await page.evaluate(
    async ([space, key]) => {
      const authorization = { Authorization: `Bearer ${key}` }
      const { ticket } = await (await fetch('/v1/tickets', { method: 'POST', headers: authorization })).json()
      const address = `/v1/spaces/${space}/events?since=0&ticket=${ticket}`
      const ids = []
      const versions = []
      let answer = 0
      await new Promise((resolve, reject) => {
        const source = new EventSource(address)
        source.onerror = () => reject(new Error('the stream broke'))
        source.addEventListener('commit', async (event) => {
          ids.push(event.lastEventId)
          versions.push(JSON.parse(event.data).version)
          if (versions.length === 2) {
            const delta = {
              update_id: 'by-the-page', base: 2, author: 'page', timestamp: '2026-02-05T19:00:50Z', type: 'test',
              changes: { added: [{ key: '/page', value: true }] }
            }
            const committed = await fetch(`/v1/spaces/${space}/updates`, {
              method: 'POST',
              headers: { ...authorization, 'Content-Type': 'application/json' },
              body: JSON.stringify(delta)
            })
            answer = committed.status
          }
          if (versions.length === 3) {
            source.close()
            setTimeout(resolve, 300) // the answer of the commit may come later
          }
        })
      })
      const again = await new Promise((resolve) => {
        const source = new EventSource(address)
        source.onopen = () => resolve('open')
        source.onerror = () => resolve(source.readyState === EventSource.CLOSED ? 'closed' : 'connecting')
      })
      return { answer, ids, versions, again }
    },
    [space, process.env.KEY]
  )
  console.log(JSON.stringify(told))
} finally {
  await browser.close()
}
