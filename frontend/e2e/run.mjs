// Walks the whole front end in Chromium against the fake back end: each view and
// its states, axe, keyboard paths, light and dark, wide and narrow, under the
// content security policy of a strict server.
import { mkdirSync } from 'node:fs'
import { axe, launch, open, serve, shots } from './browser.mjs'

const dir = shots()
mkdirSync(dir, { recursive: true })
const server = await serve()
const browser = await launch()
const results = []
const only = process.argv.slice(2)

function expect(ok, what) {
  if (!ok) throw new Error(what)
}

async function check(name, options, fn) {
  if (only.length && !only.some((o) => name.includes(o))) return
  const it = await open(browser, server.url, options)
  const start = Date.now()
  try {
    await fn(it)
    const unexpected = it.faults.filter((f) => !options.faults?.some((x) => f.includes(x)))
    expect(unexpected.length === 0, `console: ${unexpected.slice(0, 3).join(' | ')}`)
    results.push([true, name])
    console.log(`ok    ${name} (${Date.now() - start} ms)`)
  } catch (e) {
    results.push([false, name])
    console.log(`FAIL  ${name}\n   ${String(e).split('\n').slice(0, 12).join('\n   ')}`)
  }
  await it.page.screenshot({ path: `${dir}/${name.replace(/\W+/g, '-')}.png` }).catch(() => undefined)
  await it.context.close()
}

const heading = (page, name) => page.getByRole('heading', { name, level: 1 }).waitFor()
const openSession = async (page, name) => {
  await page.getByRole('link', { name }).first().click()
  await heading(page, name)
}
const grid = (page) => page.getByRole('grid')
const firstCell = (page) => page.locator('[role="gridcell"]').filter({ hasText: /./ }).first().waitFor()

for (const dark of [false, true]) {
  const tone = dark ? 'dark' : 'light'
  await check(`views without findings, ${tone}`, { dark }, async ({ page, goto }) => {
    for (const [path, name] of [['/', 'Sessions'], ['/compare', 'Compare'], ['/ask', 'Ask'], ['/jobs', 'Jobs'], ['/watches', 'Watched folders'], ['/account', 'Account'], ['/settings', 'Settings'], ['/admin/health', 'Administration'], ['/admin/users', 'Administration'], ['/admin/teams', 'Administration'], ['/admin/logins', 'Administration'], ['/admin/audit', 'Administration'], ['/admin/errors', 'Administration'], ['/admin/cleanup', 'Administration']]) {
      await goto(path)
      await heading(page, name)
      await page.locator('.skeletons').first().waitFor({ state: 'detached' })
      await axe(page, path)
    }
    for (const path of ['/?empty', '/login?login', '/setup?setup', '/reset?login', '/no/such/page']) {
      await goto(path)
      await page.locator('h1, h2, h3').first().waitFor()
      await axe(page, path)
    }
  })
  await check(`a session without findings, ${tone}`, { dark }, async ({ page, goto }) => {
    await goto('/')
    await openSession(page, 'orders-2026-11.zip')
    await firstCell(page)
    await page.locator('[role="gridcell"]').nth(30).click()
    await page.locator('mark').waitFor()
    await axe(page, 'cell')
    for (const tab of ['Inventory', 'Conversion', 'Dictionary']) {
      await page.getByRole('tab', { name: tab }).click()
      await page.locator('.skeletons').first().waitFor({ state: 'detached' })
      await page.locator('table, [role="tree"]').first().waitFor()
      await axe(page, tab)
    }
  })
  await check(`a comparison without findings, ${tone}`, { dark }, async ({ page, goto }) => {
    await goto('/compare')
    await page.getByRole('link', { name: 'orders-2026-10.zip' }).first().click()
    await page.getByText('Where the difference comes from').waitFor()
    await axe(page, 'overview')
    await page.getByRole('tab', { name: 'Files' }).click()
    await page.getByRole('button', { name: 'Confirm' }).first().waitFor()
    await axe(page, 'pairs')
    await page.getByRole('tab', { name: 'Tables' }).click()
    await page.locator('.r.changed .c.chg').first().dblclick()
    await page.locator('.merge').waitFor()
    await axe(page, 'diff')
    await page.getByRole('button', { name: 'Keys and tolerances' }).click()
    await page.getByText('Rows are matched by').waitFor()
    await axe(page, 'rules')
  })
  await check(`an answer without findings, ${tone}`, { dark }, async ({ page, goto }) => {
    await goto('/ask?speed=20')
    await page.getByRole('button', { name: 'How many customers per country?' }).click()
    await page.locator('canvas').waitFor()
    await axe(page, 'answer')
  })
}

await check('first run: samples are opened, converted and looked at', {}, async ({ page, goto }) => {
  await goto('/?empty&speed=8')
  await page.getByRole('button', { name: 'Try the sample bundles' }).click()
  await page.getByText('Ready').first().waitFor()
  await openSession(page, 'sample-delivery-1.zip')
  await firstCell(page)
})

await check('a bundle is dropped, progresses, becomes tables; again it is recognised', {}, async ({ page, goto }) => {
  await goto('/?speed=3')
  await heading(page, 'Sessions')
  const drop = async (name, type = 'application/zip') => {
    const data = await page.evaluateHandle(([n, t]) => {
      const d = new DataTransfer()
      d.items.add(new File(['PK'.repeat(500)], n, { type: t }))
      return d
    }, [name, type])
    await page.dispatchEvent('body', 'dragenter', { dataTransfer: data })
    await page.locator('.curtain').waitFor()
    await page.dispatchEvent('body', 'drop', { dataTransfer: data })
  }
  await drop('new-orders.zip')
  await heading(page, 'new-orders.zip')
  await page.getByRole('progressbar').first().waitFor()
  await firstCell(page)
  await drop('new-orders.zip')
  await page.getByText('new-orders.zip was here already').waitFor()
  await drop('letter.docx', 'application/msword')
  await page.getByText(/neither a ZIP nor XML/).waitFor()
})

await check('the grid by keyboard alone: walk, sort, filter, statistics, source, copy', {}, async ({ page, goto }) => {
  await goto('/')
  await openSession(page, 'orders-2026-11.zip')
  await firstCell(page)
  await grid(page).focus()
  for (const k of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(k)
  await page.locator('mark').waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+End')
  await page.locator('[role="gridcell"].at').waitFor()
  expect(await page.locator('[role="gridcell"].at').getAttribute('aria-colindex') === '15', 'the last column has the focus')
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await page.locator('[aria-sort="ascending"]').waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Control+c')
  await page.getByText('4 cells copied').waitFor()
  expect((await page.evaluate(() => navigator.clipboard.readText())).split('\n').length === 3, 'header and two rows are in the clipboard')
  await page.keyboard.press('Alt+ArrowDown')
  await page.getByRole('menu').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'detached' })
  await page.keyboard.press('s')
  await page.getByRole('complementary', { name: 'Column statistics' }).waitFor()
  await grid(page).focus()
  await page.keyboard.press('f')
  await page.getByRole('dialog', { name: 'Filter rows' }).waitFor()
  await page.getByLabel('Value').fill('O-10001')
  await page.keyboard.press('Enter')
  await page.getByText(/of 12,624 rows/).waitFor()
})

await check('a million rows: to the end and back, memory of pages bounded, no long task while flinging', {}, async ({ page, goto }) => {
  await goto('/')
  await openSession(page, 'station-log-2026-41.xml.gz')
  await firstCell(page)
  expect(await page.locator('.canvas').evaluate((e) => e.getBoundingClientRect().height < 33e6), 'the scrolled height stays under 33 million pixels')
  await grid(page).focus()
  await page.keyboard.press('Control+ArrowDown')
  await page.getByRole('gridcell', { name: '1000000', exact: true }).waitFor()
  await page.keyboard.press('Control+Home')
  await firstCell(page)
  const nodes = () => page.evaluate(() => document.querySelectorAll('[role="gridcell"]').length)
  const before = await nodes()
  // Tasks are measured by the processor time of the main thread: a busy machine
  // must not look like a slow page.
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', '__metadata'] })
  await page.evaluate(async () => {
    const g = document.querySelector('[role="grid"]')
    let speed = 4000
    for (let i = 0; i < 120; i++) {
      g.scrollTop += speed
      speed *= i < 60 ? 1.08 : 0.95
      await new Promise((r) => requestAnimationFrame(r))
    }
  })
  const trace = JSON.parse((await browser.stopTracing()).toString()).traceEvents
  const mains = new Set(trace.filter((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain').map((e) => `${e.pid}/${e.tid}`))
  const mine = trace.filter((e) => mains.has(`${e.pid}/${e.tid}`) && e.tdur !== undefined)
  const runs = mine.filter((e) => /RunTask$/.test(e.name)).sort((x, y) => y.tdur - x.tdur)
  const tasks = runs.map((e) => e.tdur / 1000)
  const within = new Map()
  for (const e of mine) if (e !== runs[0] && e.ts >= runs[0].ts && e.ts + e.dur <= runs[0].ts + runs[0].dur) within.set(e.name, (within.get(e.name) ?? 0) + e.tdur / 1000)
  console.log(`      the longest: ${[...within].sort((x, y) => y[1] - x[1]).slice(0, 5).map(([k, v]) => `${k} ${v.toFixed(1)}`).join(', ')}`)
  console.log(`      ${tasks.length} tasks while flinging, the longest ${tasks.slice(0, 3).map((n) => n.toFixed(1)).join(', ')} ms of processor time`)
  expect(tasks.length > 0, 'the trace has tasks')
  if (process.env.GATE) expect(tasks[0] < 50, 'no task over 50 ms while flinging')
  expect((await nodes()) < before * 2 + 200, 'as many cells as before')
  await firstCell(page)
})

await check('a thousand columns are walked sideways', {}, async ({ page, goto }) => {
  await goto('/')
  await openSession(page, 'survey-wave-7.zip')
  await firstCell(page)
  await grid(page).focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('End')
  await page.getByRole('columnheader', { name: /Q997/ }).waitFor()
  expect((await page.locator('[role="gridcell"]').count()) < 1500, 'only what is on the screen exists')
})

await check('a comparison by keyboard: next change, only changes, both sources, recomputed with a tolerance', {}, async ({ page, goto }) => {
  await goto('/compare?speed=10')
  await page.getByRole('link', { name: 'station-log-2026-40.xml.gz' }).first().click()
  await page.getByText('Where the difference comes from').waitFor()
  const start = Date.now()
  await page.keyboard.press('2')
  await page.locator('.r.changed').first().waitFor()
  console.log(`      100,000 changes open in ${Date.now() - start} ms`)
  await page.getByText('100,000 rows').waitFor()
  await page.keyboard.press('x')
  await page.getByText('1,000,000 rows').waitFor()
  for (let i = 0; i < 3; i++) await page.keyboard.press('n')
  await page.locator('[role="gridcell"].at').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('complementary', { name: /Row and its source/ }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('r')
  await page.getByText('Rows are matched by').waitFor()
  await page.getByLabel('Column', { exact: true }).selectOption('Temperature/Value')
  await page.getByLabel('Amount').fill('0.05')
  await page.keyboard.press('Enter')
  await page.getByText('± 0.05').waitFor()
  await page.getByRole('button', { name: 'Compute again' }).click()
  await page.locator('.r.changed, .r.same').first().waitFor()
})

await check('an answer streams, is stopped, shows its query, leads to the row', {}, async ({ page, goto }) => {
  await goto('/ask?model')
  await page.getByPlaceholder('Ask a question').fill('top orders by total')
  await page.keyboard.press('Enter')
  await page.getByText('Answering').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('stopped').waitFor()
  await page.getByPlaceholder('Ask a question').fill('top orders by total')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Query' }).last().click()
  await page.getByText('ORDER BY total DESC').first().waitFor()
  await page.getByRole('button', { name: /Orders~Order row 4,212/ }).last().click()
  await page.getByText('O-104211').first().waitFor()
})

await check('a model is got, and what can’t be answered is said', {}, async ({ page, goto }) => {
  await goto('/ask?speed=10')
  await page.getByPlaceholder('Ask a question').fill('what is the weather in Paris')
  await page.keyboard.press('Enter')
  await page.getByText('Not answerable').waitFor()
  await page.getByRole('button', { name: /Search mode/ }).first().click()
  await page.getByRole('button', { name: 'Download' }).first().click()
  await page.getByText('ollama/').first().waitFor()
})

await check('an error names its reference and is tried again', {}, async ({ page, goto }) => {
  await goto('/?fail=listSessions')
  await page.getByRole('alert').waitFor()
  await page.getByText(/^Reference/).waitFor()
  await axe(page, 'error')
  await page.evaluate(() => window.retable.fail('listSessions', null))
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('orders-2026-11.zip').waitFor()
})

await check('the log-in ends mid-work: one logs in again and is where one was', {}, async ({ page, goto }) => {
  await goto('/')
  await openSession(page, 'orders-2026-11.zip')
  await firstCell(page)
  await page.evaluate(() => window.retable.lose())
  await page.getByRole('dialog', { name: 'Log in again' }).waitFor()
  await axe(page, 'log in again')
  await page.getByLabel('Password').fill('retable')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await heading(page, 'orders-2026-11.zip')
})

await check('a session that was deleted elsewhere says so', {}, async ({ page, goto }) => {
  await goto('/')
  await openSession(page, 'survey-wave-7.zip')
  await firstCell(page)
  await page.evaluate(() => {
    const w = window.retable.world
    const s = w.sessions.find((x) => x.name.startsWith('survey'))
    w.sessions = w.sessions.filter((x) => x !== s)
    window.retable.emit({ kind: 'session', session_id: s.id, at: '' })
  })
  await page.getByText('This session isn’t there any more').waitFor()
})

await check('the palette and the sheet of keys', {}, async ({ page, goto }) => {
  await goto('/')
  await heading(page, 'Sessions')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').waitFor()
  await page.keyboard.type('survey')
  await page.getByRole('option', { name: /survey-wave-7/ }).waitFor()
  await axe(page, 'palette')
  await page.keyboard.press('Enter')
  await heading(page, 'survey-wave-7.zip')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await axe(page, 'keys')
  await page.keyboard.press('Escape')
  await page.keyboard.press('g')
  await page.keyboard.press('j')
  await heading(page, 'Jobs')
})

await check('German, dense, and back', { locale: 'de-DE' }, async ({ page, goto }) => {
  await goto('/')
  await heading(page, 'Sitzungen')
  await page.keyboard.press('d')
  expect((await page.evaluate(() => document.documentElement.dataset.density)) === 'compact', 'dense')
  await goto('/settings')
  await page.getByRole('button', { name: 'English' }).click()
  await heading(page, 'Settings')
})

await check('narrow: nothing is wider than the screen', { viewport: { width: 400, height: 820 } }, async ({ page, goto }) => {
  for (const path of ['/', '/compare', '/ask', '/jobs', '/watches', '/account', '/settings', '/admin/users', '/?empty', '/login?login']) {
    await goto(path)
    await page.locator('h1, h2').first().waitFor()
    const wide = await page.evaluate(() => {
      const main = document.querySelector('#main') ?? document.body
      if (main.scrollWidth <= innerWidth) return ''
      const inScroller = (e) => !!e.closest('.table-scroll, .strip, [role="grid"]')
      return [...main.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !inScroller(e)).slice(0, 4).map((e) => e.outerHTML.slice(0, 90)).join(' | ') || 'something'
    })
    expect(!wide, `${path} is wider than the screen: ${wide}`)
    await axe(page, `narrow ${path}`)
  }
})

await check('the window: local user, no log-in, files by dialog and drop', {}, async ({ page, goto }) => {
  await goto('/?desktop&speed=6')
  await page.getByText('This computer').waitFor()
  expect((await page.getByRole('link', { name: 'Administration' }).count()) === 0, 'no administration')
  await page.getByRole('button', { name: 'Open bundle' }).click()
  await heading(page, 'orders-2026-12.zip')
  await page.evaluate(() => window.retable.drop(['/data/other.zip']))
  await heading(page, 'other.zip')
})

await browser.close()
server.stop()
const failed = results.filter(([ok]) => !ok).length
console.log(`${results.length - failed} passed, ${failed} failed; pictures in ${dir}`)
process.exit(failed ? 1 : 0)
