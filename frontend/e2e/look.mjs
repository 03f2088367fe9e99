// Takes pictures of views, to be looked at: node e2e/look.mjs [name ...]
import { mkdirSync } from 'node:fs'
import { launch, open, serve, shots } from './browser.mjs'

const views = {
  home: { path: '/' },
  first: { path: '/?empty' },
  login: { path: '/?login' },
  tables: { path: '/', go: async (p) => { await p.getByRole('row').getByRole('link', { name: 'orders-2026-11.zip' }).click(); await p.getByRole('grid').waitFor(); await p.waitForTimeout(700); await p.locator('.r .c').nth(40).click(); await p.waitForTimeout(700) } },
  stats: { path: '/', go: async (p) => { await p.getByRole('row').getByRole('link', { name: 'orders-2026-11.zip' }).click(); await p.getByRole('grid').waitFor(); await p.waitForTimeout(700); await p.locator('.h', { hasText: 'Total' }).first().click({ button: 'right' }); await p.getByRole('menuitem', { name: 'Statistics' }).click(); await p.waitForTimeout(600) } },
  inventory: { path: '/', go: async (p) => { await p.getByRole('row').getByRole('link', { name: 'statements-q3.zip' }).click(); await p.getByRole('tab', { name: 'Inventory' }).click(); await p.waitForTimeout(600) } },
  convert: { path: '/', go: async (p) => { await p.getByRole('row').getByRole('link', { name: 'orders-2026-11.zip' }).click(); await p.getByRole('tab', { name: 'Conversion' }).click(); await p.waitForTimeout(900) } },
  dictionary: { path: '/', go: async (p) => { await p.getByRole('row').getByRole('link', { name: 'orders-2026-11.zip' }).click(); await p.getByRole('tab', { name: 'Dictionary' }).click(); await p.waitForTimeout(600) } },
  failed: { path: '/', go: async (p) => { await p.getByRole('row').getByRole('link', { name: 'price-feed.xml' }).click(); await p.waitForTimeout(800) } },
  compare: { path: '/compare' },
  overview: { path: '/compare', go: async (p) => { await p.getByRole('link', { name: 'orders-2026-10.zip' }).first().click(); await p.waitForTimeout(1200) } },
  diff: { path: '/compare', go: async (p) => { await p.getByRole('link', { name: 'orders-2026-10.zip' }).first().click(); await p.getByRole('tab', { name: 'Tables' }).click(); await p.waitForTimeout(1200); await p.locator('.r.changed .c.chg').first().dblclick(); await p.waitForTimeout(1500) } },
  pairs: { path: '/compare', go: async (p) => { await p.getByRole('link', { name: 'orders-2026-10.zip' }).first().click(); await p.getByRole('tab', { name: 'Files' }).click(); await p.waitForTimeout(600) } },
  rules: { path: '/compare', go: async (p) => { await p.getByRole('link', { name: 'orders-2026-10.zip' }).first().click(); await p.getByRole('button', { name: 'Keys and tolerances' }).first().click(); await p.waitForTimeout(900) } },
  ask: { path: '/ask' },
  answer: { path: '/ask?speed=20', go: async (p) => { await p.getByRole('button', { name: 'How many customers per country?' }).click(); await p.waitForTimeout(3500) } },
  jobs: { path: '/jobs' },
  watches: { path: '/watches' },
  health: { path: '/admin/health' },
  users: { path: '/admin/users' },
  audit: { path: '/admin/audit' },
  account: { path: '/account' },
  settings: { path: '/settings' },
  palette: { path: '/', go: async (p) => { await p.keyboard.press('Control+k'); await p.waitForTimeout(500) } },
  keys: { path: '/', go: async (p) => { await p.keyboard.press('?'); await p.waitForTimeout(500) } },
  problem: { path: '/?fail=listSessions' },
}

const names = process.argv.slice(2).filter((a) => !a.startsWith('--'))
const dark = process.argv.includes('--dark')
const narrow = process.argv.includes('--narrow')
const middle = process.argv.includes('--middle')
const german = process.argv.includes('--de')
const dir = shots()
mkdirSync(dir, { recursive: true })
const server = await serve()
const browser = await launch()
try {
  for (const [name, v] of Object.entries(views)) {
    if (names.length && !names.includes(name)) continue
    const { page, context, faults, goto } = await open(browser, server.url, { dark, viewport: narrow ? { width: 390, height: 844 } : middle ? { width: 1024, height: 700 } : undefined, locale: german ? 'de-DE' : undefined })
    try {
      await goto(v.path)
      await page.locator('h1, h2').first().waitFor()
      await page.waitForTimeout(400)
      if (v.go) await v.go(page)
    } catch (e) {
      console.log(name, 'FAILED', String(e).split('\n')[0])
    }
    await page.screenshot({ path: `${dir}/${name}${dark ? '-dark' : ''}${narrow ? '-narrow' : middle ? '-middle' : ''}${german ? '-de' : ''}.png` })
    if (faults.length) console.log(name, faults.slice(0, 4))
    await context.close()
  }
} finally {
  await browser.close()
  server.stop()
}
console.log(dir)
