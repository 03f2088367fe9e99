// Walks the front end in Chromium against the real server, from the set-up link to
// the second user: one story, each step goes on where the one before it ended.
// Usage: node e2e/real.mjs BINARY; SHOTS=DIR keeps the pictures.
import { mkdirSync, readFileSync } from 'node:fs'
import { axe as strict, launch, open, serveReal, shots } from './browser.mjs'

const binary = process.argv[2]
if (!binary) {
  console.error('Usage: npm run e2e:real -- BINARY')
  process.exit(2)
}
const dir = shots()
mkdirSync(dir, { recursive: true })
const PASSWORD = 'correct-horse-battery'
const server = await serveReal(binary)
const browser = await launch()
const me = await open(browser, server.url, { real: true })
const { page } = me
page.setDefaultTimeout(30_000)
let steps = 0

function expect(ok, what) {
  if (!ok) throw new Error(what)
}
// All findings are told at the end, not only the first.
const findings = []
const axe = (p, name) => strict(p, name).catch((e) => findings.push(String(e)))
async function step(name, fn) {
  const start = Date.now()
  await fn()
  steps++
  console.log(`ok    ${name} (${Date.now() - start} ms)`)
}
const shot = async (name) => {
  await page.screenshot({ path: `${dir}/${name}.png` })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: `${dir}/${name}-dark.png` })
  await page.emulateMedia({ colorScheme: 'light' })
}
const heading = (p, name) => p.getByRole('heading', { name, level: 1 }).waitFor()
const cells = (p) => p.locator('[role="gridcell"]').filter({ hasText: /./ })
const settled = async (p) => p.locator('.skeletons').first().waitFor({ state: 'detached' })
// Beside "Jobs" may stand how many are under way.
const goTo = (name) => page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: new RegExp(`^${name}( \\d+)?`) }).click()
async function login(p, username, password) {
  await p.getByLabel('User name').fill(username)
  await p.getByLabel('Password').fill(password)
  await p.getByRole('button', { name: 'Log in', exact: true }).click()
  await heading(p, 'Sessions')
}
const saved = async (start) => {
  const [download] = await Promise.all([page.waitForEvent('download'), start()])
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
}

let sessions = []
try {
  await step('the link of the first start makes the administrator', async () => {
    await me.goto(server.setup)
    await axe(page, 'set-up')
    await page.getByLabel('User name').fill('ada')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByLabel('New password again').fill(PASSWORD)
    await page.getByRole('button', { name: 'Set up' }).click()
    await page.getByRole('button', { name: 'Try the sample bundles' }).waitFor()
  })
  await step('both sample deliveries become ready', async () => {
    await page.getByRole('button', { name: 'Try the sample bundles' }).click()
    await page.locator('tbody tr').filter({ hasText: 'Ready' }).nth(1).waitFor({ timeout: 60_000 })
    sessions = await page.locator('tbody tr a').allTextContents()
    sessions = [...new Set(sessions.map((s) => s.trim()))].sort()
    console.log('     ', sessions.join(', '))
    expect(sessions.length === 2, `two sessions, not ${sessions}`)
    await shot('home')
    await axe(page, 'sessions')
  })
  await step('the tables are walked', async () => {
    await page.getByRole('row').getByRole('link', { name: sessions[0] }).click()
    await heading(page, sessions[0])
    const tables = page.locator('nav.tables button.table')
    await tables.first().waitFor()
    const titles = await tables.evaluateAll((bs) => bs.map((b) => b.title))
    expect(titles.length > 1, 'more than one table')
    for (let i = 0; i < titles.length; i++) {
      await tables.nth(i).click()
      await page.getByRole('grid', { name: `Rows of ${titles[i]}` }).waitFor()
      await cells(page).first().waitFor()
      const headers = await page.locator('[role="columnheader"]').allTextContents()
      const names = headers.slice(1).map((h) => h.trim())
      const own = names.filter((h) => /^_[^_]/.test(h))
      expect(!own.length || own.length === names.length, `own columns are hidden in ${titles[i]}: ${headers}`)
    }
    await tables.first().click()
    await cells(page).first().waitFor()
    await shot('grid')
    await axe(page, 'grid')
  })
  await step('the grid is searched, filtered and sorted', async () => {
    await page.locator('nav.tables button.table[title="CustomerExport~Customer"]').click()
    await page.getByRole('grid', { name: 'Rows of CustomerExport~Customer' }).waitFor()
    await cells(page).first().waitFor()
    const value = (await cells(page).first().textContent()).trim()
    await page.getByPlaceholder('Search rows').fill(value)
    await page.getByText(/^\d+ of [\d,]+ rows$/).waitFor()
    await page.getByPlaceholder('Search rows').fill('')
    await page.getByText(/^[\d,]+ rows$/).waitFor()
    await page.getByRole('button', { name: 'Filter', exact: true }).first().click()
    await page.getByLabel('Value').fill(value)
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText(/^1 of [\d,]+ rows$/).waitFor()
    await axe(page, 'filter')
    await page.getByRole('button', { name: /Remove the filter/ }).click()
    await page.getByText(/^[\d,]+ rows$/).waitFor()
    const first = () => cells(page).first().textContent()
    await page.getByRole('grid').focus()
    for (const k of ['ArrowDown', 'Control+Home', 'ArrowUp', 'Enter']) await page.keyboard.press(k)
    await page.locator('[aria-sort="ascending"]').waitFor()
    await page.keyboard.press('Enter')
    await page.locator('[aria-sort="descending"]').waitFor()
    await cells(page).first().waitFor()
    expect((await first()).trim() >= value, 'the greatest value is on top')
  })
  await step('a cell shows its XPath and its marked source', async () => {
    await cells(page).nth(2).click()
    await page.locator('mark').first().waitFor()
    await page.getByRole('complementary').getByText(/\/CustomerExport\[?/).first().waitFor()
    const marked = (await page.locator('mark').allTextContents()).join('')
    expect(/^since="\d{4}-\d\d-\d\d"$/.test(marked), `the attribute is marked, not ${marked.slice(0, 80)}`)
    await shot('source')
    await axe(page, 'source')
  })
  await step('a column has statistics', async () => {
    await page.getByRole('complementary').getByRole('button', { name: 'Statistics' }).click()
    await page.getByRole('complementary', { name: 'Column statistics' }).getByText('Distinct').first().waitFor()
    await shot('statistics')
    await axe(page, 'statistics')
    await page.keyboard.press('Escape')
  })
  await step('inventory, proof, conversion and dictionary', async () => {
    for (const tab of ['Inventory', 'Conversion', 'Dictionary']) {
      await page.getByRole('tab', { name: tab }).click()
      await settled(page)
      await page.locator('table, [role="tree"]').first().waitFor()
      if (tab === 'Inventory') {
        await page.getByRole('button', { name: /Nothing was lost/ }).click()
        await page.getByRole('dialog', { name: 'Proof of completeness' }).getByText('complete').first().waitFor()
        await axe(page, 'proof')
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
      }
      await shot(tab.toLowerCase())
      await axe(page, tab)
    }
    await page.getByRole('tab', { name: 'Tables' }).click()
    await cells(page).first().waitFor()
  })
  await step('CSV arrives by ticket', async () => {
    await page.keyboard.press('e')
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await dialog.getByText(/^Only /).click()
    await axe(page, 'export')
    const file = await saved(() => dialog.getByRole('button', { name: 'Download' }).click())
    expect(/\.(csv|zip)$/.test(file.name) && file.bytes.length > 100, `${file.name}, ${file.bytes.length} bytes`)
    console.log(`      ${file.name}, ${file.bytes.length} bytes`)
    await dialog.waitFor({ state: 'detached' })
  })
  await step('a reload keeps the log-in', async () => {
    await page.reload()
    await heading(page, sessions[0])
    await cells(page).first().waitFor()
  })
  await step('the deliveries are compared', async () => {
    await goTo('Compare')
    await heading(page, 'Compare')
    for (const [side, name] of [['Before', sessions[0]], ['After', sessions[1]]]) {
      await page.getByRole('button', { name: new RegExp(`^${side}`) }).click()
      await page.getByRole('option', { name: new RegExp(name) }).click()
    }
    await page.locator('.choose').getByRole('button', { name: 'Compare' }).click()
    await page.getByText('Where the difference comes from').waitFor()
    await page.locator('.score .big').getByText(/^\d+\.\d+\s?%$/).waitFor()
    await shot('comparison')
    await axe(page, 'comparison')
    const menu = page.getByRole('button', { name: 'Report', exact: true })
    await menu.click()
    const report = await saved(() => page.getByRole('menuitem', { name: /^HTML/ }).click())
    expect(report.bytes.toString().includes('sample-2026-01'), 'the report names the sides')
    console.log(`      ${report.name}, ${report.bytes.length} bytes`)
  })
  await step('pairs of files, and the differences row by row', async () => {
    await page.getByRole('tab', { name: 'Files' }).click()
    await page.getByRole('button', { name: 'Confirm' }).first().waitFor()
    await shot('pairs')
    await axe(page, 'pairs')
    await page.getByRole('tab', { name: 'Tables' }).click()
    await page.getByRole('grid').waitFor()
    const choice = page.getByLabel('Table', { exact: true })
    await choice.selectOption('CustomerExport~Customer')
    await page.locator('.c.chg').first().waitFor()
    await page.getByRole('grid').focus()
    await page.keyboard.press('n')
    await page.locator('[role="gridcell"].at').waitFor()
    const at = () => page.getByRole('grid').getAttribute('aria-activedescendant')
    const one = await at()
    await page.keyboard.press('n')
    await page.waitForFunction((was) => document.querySelector('[role="grid"]').getAttribute('aria-activedescendant') !== was, one)
    await shot('diff')
    await axe(page, 'diff')
    await page.locator('.r.changed .c.chg').first().dblclick()
    await page.locator('.merge').waitFor()
    await shot('both-sources')
    await axe(page, 'both sources')
  })
  await step('the rules are saved as a recipe and followed by a comparison', async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('r')
    const rules = page.getByRole('dialog', { name: 'Keys and tolerances' })
    await rules.getByText('Rows are matched by').waitFor()
    await rules.getByText('Ignore case').click()
    await rules.getByRole('button', { name: 'Recipes' }).click()
    await page.getByRole('menuitem', { name: 'Save as recipe …' }).click()
    await page.getByRole('dialog', { name: 'Save as recipe' }).getByLabel('Name').fill('Monthly')
    await page.keyboard.press('Enter')
    await page.getByText('Recipe “Monthly” was saved').waitFor()
    await rules.getByRole('button', { name: 'Cancel' }).click()
    await goTo('Recipes')
    await heading(page, 'Recipes')
    await page.getByRole('button', { name: 'Monthly', exact: true }).click()
    await page.getByText('Ignore case').first().waitFor()
    await shot('recipes')
    await axe(page, 'recipes')
    await goTo('Compare')
    for (const [side, name] of [['Before', sessions[0]], ['After', sessions[1]]]) {
      await page.getByRole('button', { name: new RegExp(`^${side}`) }).click()
      await page.getByRole('option', { name: new RegExp(name) }).click()
    }
    await page.getByRole('button', { name: 'Recipes' }).click()
    await page.getByRole('menuitem', { name: 'Monthly' }).click()
    await page.locator('.choose').getByRole('button', { name: 'Compare' }).click()
    await page.getByText('Where the difference comes from').waitFor()
    await page.getByText('chosen').first().waitFor()
  })
  await step('a question is answered with a number, and leads to the rows behind it', async () => {
    await goTo('Ask')
    await page.getByRole('button', { name: 'New collection' }).click()
    await page.getByLabel('Name').fill('Deliveries')
    for (const s of sessions.slice(0, 1)) await page.getByRole('checkbox', { name: new RegExp(s) }).check()
    await page.getByRole('button', { name: 'Save and index' }).click()
    await page.getByPlaceholder('Ask a question').fill('How many customers?')
    await page.keyboard.press('Enter')
    await page.getByText('Computed').waitFor()
    await page.locator('.citations .cite').first().waitFor()
    await page.locator('.answer').getByText(/\d+/).first().waitFor()
    console.log(`      ${(await page.locator('.answer .text').innerText()).replaceAll('\n', ' ')}`)
    await shot('ask')
    await axe(page, 'ask')
    await page.locator('.citations .cite').first().click()
    await page.getByRole('grid', { name: /Customer/ }).waitFor()
    await cells(page).first().waitFor()
    await shot('behind')
  })
  await step('jobs and account', async () => {
    for (const name of ['Jobs', 'Watched folders']) {
      await goTo(name)
      await heading(page, name)
      await settled(page)
      await shot(name.toLowerCase().replace(' ', '-'))
      await axe(page, name)
    }
    await me.goto('/account')
    await heading(page, 'Account')
    await page.getByText('this one').waitFor()
    await shot('account')
    await axe(page, 'account')
  })
  await step('hostile cells: script tags, right-to-left text, ten million characters; the bundle dropped twice', async () => {
    await goTo('Sessions')
    await heading(page, 'Sessions')
    let ran = false
    page.on('dialog', (d) => { ran = true; void d.dismiss() })
    const hostile = '<script>alert(1)</script>'
    const rtl = 'שלום עולם'
    const drop = async () => {
      const data = await page.evaluateHandle((rtl) => {
        const notes = [['a', '&lt;script&gt;alert(1)&lt;/script&gt;'], ['b', rtl], ['c', 'x'.repeat(10_000_000)]]
        const d = new DataTransfer()
        d.items.add(new File([`<?xml version="1.0" encoding="UTF-8"?>\n<notes>\n${notes.map(([id, text]) => `<note id="${id}"><text>${text}</text></note>`).join('\n')}\n</notes>\n`], 'notes.xml', { type: 'application/xml' }))
        return d
      }, rtl)
      await page.dispatchEvent('body', 'dragenter', { dataTransfer: data })
      await page.locator('.curtain').waitFor()
      await page.dispatchEvent('body', 'drop', { dataTransfer: data })
    }
    await drop()
    await heading(page, 'notes.xml')
    await page.getByRole('gridcell', { name: hostile }).waitFor({ timeout: 60_000 })
    await page.getByRole('gridcell', { name: hostile }).click()
    await page.getByRole('complementary').getByText(hostile, { exact: true }).first().waitFor()
    await page.getByRole('complementary').getByText(/\/notes\/note\[1\]\/text/).first().waitFor()
    await page.getByRole('gridcell', { name: rtl }).click()
    await page.getByRole('complementary').getByText(rtl, { exact: true }).first().waitFor()
    await page.getByRole('gridcell', { name: /^x{100}/ }).click()
    await page.getByRole('complementary').getByText(/of 10,000,000 characters/).waitFor()
    await page.getByRole('complementary').getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('complementary').getByText(/^131,072 of 10,000,000/).waitFor()
    await axe(page, 'a long cell')
    await shot('hostile')
    expect(!ran && (await page.locator('script:not([src])').count()) === 0, 'nothing ran')
    await drop()
    await page.getByText('notes.xml was here already').waitFor({ timeout: 60_000 })
  })
  await step('a bundle that breaks off says where, and what to do', async () => {
    const chooser = page.waitForEvent('filechooser')
    await goTo('Sessions')
    await heading(page, 'Sessions')
    await page.getByRole('button', { name: 'Open bundle' }).click()
    await (await chooser).setFiles({ name: 'broken.xml', mimeType: 'application/xml', buffer: Buffer.from('<?xml version="1.0"?><a><b>1</b><b>2</c></a>') })
    await heading(page, 'broken.xml')
    await page.getByRole('alert').or(page.getByText('Ready, in part')).first().waitFor({ timeout: 60_000 })
    await shot('broken')
    await axe(page, 'broken')
    await page.getByRole('tab', { name: 'Inventory' }).click()
    await page.getByRole('button', { name: 'why?' }).click()
    await page.locator('.reason').getByText(/line 1/).waitFor()
  })
  await step('a token that ends mid-work is renewed without a word; without network it is said', async () => {
    const asked = []
    me.context.on('request', (r) => r.url().endsWith('/api/auth/refresh') && asked.push(r.url()))
    let refused = 0
    const expire = async (route) => {
      if (refused++) return route.fallback()
      await route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify({ code: 'unauthorized', title: 'Unauthorized', detail: 'The token has expired.', status: 401 }) })
    }
    await me.context.route('**/api/jobs?*', expire)
    await goTo('Jobs')
    await heading(page, 'Jobs')
    await page.locator('#main').getByRole('listitem').first().waitFor()
    await me.context.unroute('**/api/jobs?*', expire)
    expect(refused >= 2 && asked.length === 1, `refused once, renewed once, asked again: ${refused}, ${asked.length}`)
    await me.context.setOffline(true)
    await goTo('Watched folders')
    await page.getByText('The server can’t be reached').waitFor()
    await axe(page, 'no network')
    await shot('offline')
    await me.context.setOffline(false) // asked again by itself
    await page.getByRole('button', { name: 'Watch a folder' }).first().waitFor()
    me.faults.splice(0, me.faults.length, ...me.faults.filter((f) => !/ERR_INTERNET_DISCONNECTED/.test(f)))
  })
  await step('two tabs keep one log-in', async () => {
    await me.goto('/account')
    await heading(page, 'Account')
    const refreshes = []
    const other = await me.context.newPage()
    me.context.on('response', (r) => r.url().endsWith('/api/auth/refresh') && refreshes.push(r.status()))
    await Promise.all([page.reload(), other.goto(`${server.url}/jobs`)])
    await Promise.all([heading(page, 'Account'), heading(other, 'Jobs')])
    await settled(other)
    expect(refreshes.length > 0 && refreshes.length <= 2 && refreshes.every((code) => code === 200), `each tab refreshes at most once, in turn, not ${refreshes}`)
    await other.close()
  })
  await step('a second user comes by a link and does not see the first one’s sessions', async () => {
    await me.goto('/admin/users')
    await page.getByRole('button', { name: 'Add user' }).click()
    await page.getByLabel('User name').fill('bob')
    await page.getByRole('dialog').getByRole('button', { name: 'Add user' }).click()
    const link = new URL((await page.locator('.secret').textContent()).trim())
    expect(link.origin === server.url, `the link leads here, not to ${link.origin}`)
    await axe(page, 'link')
    await page.getByRole('button', { name: 'Done' }).click()
    await axe(page, 'users')
    await shot('users')
    const bob = await open(browser, server.url, { real: true })
    bob.page.setDefaultTimeout(30_000)
    await bob.goto(link.pathname + link.hash)
    await bob.page.getByLabel('New password', { exact: true }).fill(PASSWORD)
    await bob.page.getByLabel('New password again').fill(PASSWORD)
    await bob.page.getByRole('button', { name: 'Change the password' }).click()
    await bob.page.getByRole('status').waitFor() // until it is changed, logging in fails
    await bob.page.getByRole('link', { name: 'Back to log-in' }).click()
    await login(bob.page, 'bob', PASSWORD)
    await bob.page.getByRole('button', { name: 'Try the sample bundles' }).waitFor()
    expect((await bob.page.getByText(sessions[0]).count()) === 0, 'no session of the first user')
    await me.goto('/')
    await page.getByRole('button', { name: `Actions for ${sessions[0]}` }).click()
    await page.getByRole('menuitem', { name: 'Share' }).click()
    await page.getByRole('dialog').getByLabel('User name').fill('bob')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'bob' }).waitFor()
    await page.keyboard.press('Escape')
    await bob.page.reload()
    await bob.page.getByRole('row').getByRole('link', { name: sessions[0] }).click()
    await cells(bob.page).first().waitFor()
    await bob.context.close()
  })
  await step('out and in again', async () => {
    await me.goto('/')
    await heading(page, 'Sessions')
    await page.locator('button.me').click()
    await page.getByRole('menuitem', { name: 'Log out' }).click()
    await heading(page, 'Log in')
    await axe(page, 'log-in')
    await login(page, 'ada', PASSWORD)
    await page.getByRole('link', { name: sessions[0] }).first().waitFor()
  })
  // Somebody who isn't logged in asks for the refresh once, in vain: Chromium notes it.
  const unexpected = me.faults.filter((f) => !/401 \(Unauthorized\)/.test(f))
  expect(findings.length === 0, findings.join('\n'))
  expect(unexpected.length === 0, `console: ${unexpected.slice(0, 3).join(' | ')}`)
  console.log(`${steps} steps passed`)
} catch (e) {
  console.log(String(e).split('\n').slice(0, 14).join('\n   '))
  const all = browser.contexts().flatMap((c) => c.pages())
  for (const [i, p] of all.entries()) {
    console.log(p.url())
    await p.screenshot({ path: `${dir}/failed-${i + 1}.png` }).catch(() => undefined)
  }
  console.log(dir, me.faults, findings)
  process.exitCode = 1
} finally {
  await browser.close()
  await server.stop()
}
