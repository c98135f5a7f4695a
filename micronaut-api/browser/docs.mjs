// SPDX-License-Identifier: Apache-2.0
// The page /docs in a real Chromium: what it shows, and what it asks for.
// node docs.mjs CHROMIUM PORT: PORT is the member's. Prints one line of JSON:
// {"operations":[…],"requests":[…],"problems":[…],"tried":status}.
import { chromium } from 'playwright-core'

const [executablePath, port] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  const page = await browser.newPage()
  const requests = []
  const problems = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (said) => {
    if (said.type() === 'error' || said.type() === 'warning') {
      problems.push(said.text())
    }
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  await page.addInitScript(() => {
    window.addEventListener('securitypolicyviolation', (violation) =>
      console.error(`policy: ${violation.violatedDirective} ${violation.blockedURI} ${violation.sample}`)
    )
  })
  await page.goto(`http://127.0.0.1:${port}/docs`)
  await page.locator('.opblock').first().waitFor()
  const operations = await page.locator('.opblock').evaluateAll((blocks) =>
    blocks.map((block) => {
      const text = (part) => block.querySelector(part)?.textContent.replaceAll('\u200b', '') ?? ''
      return `${text('.opblock-summary-method')} ${text('.opblock-summary-path')}`
    })
  )
  const list = page.locator('.opblock', { has: page.locator('[data-path="/v1/spaces"]') }).first()
  await list.locator('.opblock-summary').click()
  await list.locator('.try-out__btn').click()
  const [answer] = await Promise.all([
    page.waitForResponse((response) => new URL(response.url()).pathname === '/v1/spaces'),
    list.locator('.execute').click()
  ])
  await list.locator('.live-responses-table').waitFor()
  console.log(JSON.stringify({ operations, requests, problems, tried: answer.status() }))
} finally {
  await browser.close()
}
