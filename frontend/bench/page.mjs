// Measures the page in Chromium against the real server, on what bench:prepare made.
// Usage: npm run bench -- BINARY ROOT; GATE=1 fails where a figure is over its limit.
// Quiet machines give figures worth writing down; each is told with its limit.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { launch } from '../e2e/browser.mjs'
import { startServer } from './server.mjs'

const USER = { username: 'ada', password: 'correct-horse-battery' }
const [binary, root] = process.argv.slice(2)
if (!binary || !root) {
  console.error('Usage: npm run bench -- BINARY ROOT (see bench:prepare)')
  process.exit(2)
}
const made = JSON.parse(readFileSync(join(root, 'made.json'), 'utf8'))
const figures = []
function figure(what, value, unit, limit) {
  const over = limit !== undefined && value > limit
  figures.push({ what, over })
  console.log(`${over ? 'OVER' : '    '}  ${what}: ${value.toLocaleString('en', { maximumFractionDigits: 1 })} ${unit}${limit === undefined ? '' : ` (limit ${limit.toLocaleString('en')})`}`)
}
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
const paint = (page) => page.evaluate(() => new Promise((resolve) => {
  const take = (list) => list.find((e) => e.name === 'first-contentful-paint')
  const now = take(performance.getEntriesByType('paint'))
  if (now) return resolve(now.startTime)
  new PerformanceObserver((l, o) => { const e = take(l.getEntries()); if (e) { o.disconnect(); resolve(e.startTime) } }).observe({ type: 'paint', buffered: true })
}))

const server = await startServer(binary, join(root, 'data'))
const browser = await launch()
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const cdp = await context.newCDPSession(page)

  // The server has just come up, the browser's cache is empty.
  await page.goto(server.url)
  figure('first paint, nothing cached, nobody logged in', await paint(page), 'ms', 1000)
  await page.getByLabel('User name').waitFor()
  const scripts = await page.evaluate(() => performance.getEntriesByType('resource').filter((e) => e.name.endsWith('.js')).reduce((n, e) => n + e.encodedBodySize, 0))
  figure('JavaScript before that, as it travelled', scripts / 1000, 'kB', 300)
  await page.getByLabel('User name').fill(USER.username)
  await page.getByLabel('Password').fill(USER.password)
  await page.getByRole('button', { name: 'Log in', exact: true }).click()
  await page.getByRole('link', { name: 'readings-2026.xml.gz' }).first().waitFor()
  await cdp.send('Network.clearBrowserCache')
  await page.goto(server.url)
  await page.getByRole('link', { name: 'readings-2026.xml.gz' }).first().waitFor()
  figure('first paint, nothing cached, logged in', await paint(page), 'ms', 1000)
  figure('list of sessions there', await page.evaluate(() => performance.now()), 'ms')

  // A million rows, fifty columns.
  const cell = page.locator('[role="gridcell"]').filter({ hasText: /./ }).first()
  await page.getByRole('link', { name: 'readings-2026.xml.gz' }).first().click()
  await cell.waitFor()
  const grid = await page.getByRole('grid').boundingBox()
  const fling = async (distance, speed) => {
    await cdp.send('Input.synthesizeScrollGesture', { x: grid.x + grid.width / 2, y: grid.y + grid.height / 2, yDistance: -distance, speed, gestureSourceType: 'touch', preventFling: false })
  }
  await fling(4000, 4000) // what is compiled once is not what is asked for
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', '__metadata'] })
  for (const [distance, speed] of [[20_000, 6000], [60_000, 20_000], [-50_000, 20_000], [12_000, 3000]]) await fling(distance, speed)
  // And far jumps, as a hand at the scroll bar makes them.
  await page.evaluate(async () => {
    const g = document.querySelector('[role="grid"]')
    let speed = 4000
    for (let i = 0; i < 150; i++) {
      g.scrollTop += speed
      speed *= i < 75 ? 1.08 : 0.94
      await new Promise((r) => requestAnimationFrame(r))
    }
  })
  const trace = JSON.parse((await browser.stopTracing()).toString()).traceEvents
  const main = new Set(trace.filter((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain').map((e) => `${e.pid}/${e.tid}`))
  const tasks = trace.filter((e) => main.has(`${e.pid}/${e.tid}`) && /RunTask$/.test(e.name) && e.tdur !== undefined)
  const longest = [...tasks].sort((a, b) => b.tdur - a.tdur)[0]
  figure('tasks of the main thread while flinging', tasks.length, '')
  figure('the longest of them, processor time', longest.tdur / 1000, 'ms', 50)
  figure('the longest of them, by the clock', Math.max(...tasks.map((e) => e.dur)) / 1000, 'ms')
  figure('those over 50 ms', tasks.filter((e) => e.tdur > 50_000).length, '', 0)
  const inside = new Map()
  for (const e of trace) if (e !== longest && e.pid === longest.pid && e.tid === longest.tid && e.tdur && e.ts >= longest.ts && e.ts + e.dur <= longest.ts + longest.dur) inside.set(e.name, (inside.get(e.name) ?? 0) + e.tdur / 1000)
  console.log(`        (${[...inside].sort((a, b) => b[1] - a[1]).slice(0, 6).map(([k, v]) => `${k} ${v.toFixed(1)}`).join(', ')})`)
  await cell.waitFor()

  // Memory: what is left after a collection, round after round.
  const heap = async () => {
    await cdp.send('HeapProfiler.collectGarbage')
    const { metrics } = await cdp.send('Performance.getMetrics')
    const of = (name) => metrics.find((m) => m.name === name).value
    return { bytes: of('JSHeapUsedSize'), nodes: of('Nodes') }
  }
  await cdp.send('Performance.enable')
  const round = (i) => page.evaluate(async (i) => {
    const g = document.querySelector('[role="grid"]')
    for (let k = 0; k < 12; k++) {
      g.scrollTop = (g.scrollHeight * ((i * 12 + k) * 37 % 101)) / 101
      await new Promise((r) => setTimeout(r, 90)) // long enough for its pages to be asked for
    }
  }, i)
  const heaps = []
  for (let i = 0; i < 14; i++) {
    await round(i)
    heaps.push(await heap())
  }
  const half = heaps.slice(heaps.length - 4)
  figure('memory of the page after 120 far jumps', heaps[9].bytes / 1e6, 'MB')
  figure('after 168', heaps.at(-1).bytes / 1e6, 'MB')
  figure('growth over the last four rounds', ((half.at(-1).bytes - half[0].bytes) / half[0].bytes) * 100, '%', 5)
  figure('nodes of the document', heaps.at(-1).nodes, '')

  // A page of the grid, as the page asks for it.
  const api = await server.signIn(USER)
  const tables = (await api('GET', `/api/sessions/${made.wide}/tables`)).tables
  const table = tables[0]
  const columns = (await api('GET', `/api/sessions/${made.wide}/tables/${table.id}/columns`)).columns
  console.log(`        (${table.name}: ${table.rows.toLocaleString('en')} rows, ${columns.length} columns)`)
  const block = columns.slice(0, 40).map((c) => c.id).join(',')
  const ask = async (name, view, n, rows = table.rows) => {
    const times = []
    for (let i = 0; i < n; i++) {
      const offset = ((i * 7919) % Math.floor(rows / 100)) * 100
      const began = performance.now()
      await api('GET', `/api/sessions/${made.wide}/tables/${table.id}/rows?offset=${offset}&limit=100&columns=${block}${view ? `&view=${view}` : ''}`)
      times.push(performance.now() - began)
    }
    times.sort((a, b) => a - b)
    figure(`${name}, 100 x 40 cells, median`, at(times, 0.5), 'ms')
    figure(`${name}, 99th percentile of ${n}`, at(times, 0.99), 'ms', 50)
  }
  await ask('a page of the grid', '', 500)
  const began = performance.now()
  // A filter that nobody asked for yet, lest an earlier run's view be found again.
  const [first, second] = ['c1', 'c5'].map((n) => columns.find((c) => c.name.endsWith(n)).name)
  const view = await api('POST', `/api/sessions/${made.wide}/tables/${table.id}/views`, { sort: [{ column: first, desc: true }], filter: [{ column: second, op: '!=', value: `9999.${Date.now()}` }] })
  figure(`a view of ${view.rows.toLocaleString('en')} rows, filtered and sorted anew`, performance.now() - began, 'ms')
  await ask('a page of the sorted grid', view.view_id, 500, view.rows)

  // A difference of 100,000 changes.
  await page.goto(`${server.url}/compare/${made.comparison}`)
  await page.getByText('Where the difference comes from').waitFor()
  const opened = await page.evaluate(() => new Promise((resolve) => {
    const began = performance.now()
    const seen = () => {
      if (document.querySelector('.r.changed .c.chg')) resolve(performance.now() - began)
      else requestAnimationFrame(seen)
    }
    seen()
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '2', bubbles: true }))
  }))
  const status = await page.getByRole('status').filter({ hasText: /rows/ }).first().textContent()
  figure(`a difference opens (${status.trim()})`, opened, 'ms', 1000)
} finally {
  await browser.close()
  await server.stop()
}
const over = figures.filter((f) => f.over)
console.log(over.length ? `${over.length} over their limits` : 'all within their limits')
if (process.env.GATE && over.length) process.exit(1)
