// The whole work of an analyst, twice: by mouse alone (but for the words of a
// name and a question), and by keys alone.
import fs from 'node:fs'
import path from 'node:path'
import { activate, check, drop, end, fill, keys, labelled, mouse, openBy, patience, press, sample, says, saveByMouse, shot, start, tabTo, type, when, work } from './e2e-desktop-hands.mjs'
import { until } from './inspector.mjs'

const deliveries = [1, 2].map((n) => path.join(sample, `delivery-${n}.zip`))
const date = `[...document.querySelectorAll('[role=gridcell]')].find((e) => /^\\d{4}-\\d\\d-\\d\\d$/.test(e.innerText) && e.getClientRects().length)`
const customers = `document.querySelector('button.table[title="CustomerExport~Customer"]')`
const nav = (to) => `document.querySelector('nav a.item[href="#${to}"]')`
const marked = (w) => when(w, `/^(since|tier)="[^"]+"$/.test([...document.querySelectorAll('mark')].map((m) => m.textContent).join(''))`)
const grid = (w, name) => when(w, `(() => { const g = document.querySelector('[role=grid]'); return g && g.getAttribute('aria-label').includes('${name}') && [...g.querySelectorAll('[role=gridcell]')].some((e) => e.innerText.trim()) })()`)
const ready = (w, n) => until(async () => (await w.call('ListSessions')).items.filter((s) => s.state === 'READY').length === n, `no ${n} sessions are ready`, patience)

export function walkSteps(step) {
  let w
  step('by mouse: two deliveries are dragged in', async () => {
    w = await start('by-mouse')
    for (const [i, file] of deliveries.entries()) {
      await drop(w, [file])
      await ready(w, i + 1)
    }
  })

  step('by mouse: a cell of a table shows its source', async () => {
    await mouse(w, nav('/'))
    await mouse(w, `[...document.querySelectorAll('main td a')].find((e) => e.innerText.includes('delivery-1.zip'))`)
    await mouse(w, customers)
    await grid(w, 'Customer')
    await mouse(w, date)
    await marked(w)
    await shot(w, 'walk-1-source')
  })

  step('by mouse: the tables are exported', async () => {
    await mouse(w, labelled('Export', 'header button, .actions button, main button'))
    await mouse(w, labelled('Download', '[role=dialog] button'))
    await saveByMouse('Save as')
    await until(() => fs.readdirSync(path.join(work, 'home')).some((n) => /\.zip$/.test(n)), 'nothing was saved', patience)
    await when(w, `!document.querySelector('[role=dialog]')`)
  })

  step('by mouse: the deliveries are compared, and a change shows both sides', async () => {
    await mouse(w, nav('/compare'))
    await mouse(w, `document.querySelector('.choose .hint')`)
    await mouse(w, labelled('Compare', '.choose button'))
    await says(w, 'Where the difference comes from')
    await shot(w, 'walk-2-comparison')
    await mouse(w, `[...document.querySelectorAll('button.open')].find((e) => /\\bCustomer$/.test(e.innerText.trim()))`)
    await mouse(w, `document.querySelector('.r.changed .c.chg')`, { twice: true })
    await when(w, `document.querySelector('.merge')`)
    await shot(w, 'walk-3-both')
  })

  step('by mouse: a question is answered, and leads to its rows', async () => {
    await mouse(w, nav('/ask'))
    await mouse(w, labelled('New collection'))
    await mouse(w, `document.querySelector('[role=dialog] input:not([type=checkbox])')`)
    await type(w, 'Deliveries')
    await mouse(w, `[...document.querySelectorAll('[role=dialog] label')].find((e) => e.innerText.includes('delivery-1'))`)
    await mouse(w, labelled('Save and index', '[role=dialog] button'))
    await mouse(w, `document.querySelector('main textarea')`)
    await type(w, 'How many customers?')
    await mouse(w, labelled('Ask', 'main button'))
    await says(w, 'Computed')
    await shot(w, 'walk-4-answer')
    await mouse(w, `document.querySelector('.citations .cite')`)
    await grid(w, 'Customer')
  })

  step('by mouse: jobs and settings', async () => {
    await mouse(w, nav('/jobs'))
    await when(w, `document.querySelector('#main li')`)
    await mouse(w, `document.querySelector('button.me')`)
    await mouse(w, labelled('Settings', '[role=menuitem]'))
    await mouse(w, labelled('Dark', 'button'))
    await when(w, `document.documentElement.dataset.theme === 'dark'`)
    await shot(w, 'walk-5-settings')
    await end(w)
  })

  step('by keys: two deliveries are opened', async () => {
    w = await start('by-keys')
    for (const [i, file] of deliveries.entries()) {
      await openBy(w, i ? 'ctrl+o' : 'o', 'Open bundles', file)
      await ready(w, i + 1)
      await when(w, `document.querySelector('h1')?.innerText.includes(${JSON.stringify(path.basename(file))})`)
    }
  })

  step('by keys: a cell of a table shows its source', async () => {
    await press(w, ['g', 'h'], `location.hash === '#/'`)
    await when(w, `document.querySelectorAll('main td a').length === 2`)
    await tabTo(w, `e.closest('main td') && e.innerText.includes('delivery-1.zip')`)
    keys('Return')
    await when(w, customers)
    await tabTo(w, `e.title === 'CustomerExport~Customer'`)
    keys('Return')
    await grid(w, 'Customer')
    await tabTo(w, `e.getAttribute('role') === 'grid'`)
    keys('Down', 'Down', 'Right', 'Return')
    await marked(w)
  })

  step('by keys: the tables are exported', async () => {
    keys('Escape')
    await press(w, ['e'], `document.querySelector('[role=dialog]')`)
    await tabTo(w, `e.innerText.trim() === 'Download'`)
    keys('Return')
    await fill('Save as', path.join(work, 'by-keys.zip'))
    await until(() => fs.existsSync(path.join(work, 'by-keys.zip')), 'nothing was saved', patience)
    await when(w, `!document.querySelector('[role=dialog]')`)
  })

  step('by keys: the deliveries are compared, and a change shows both sides', async () => {
    await press(w, ['g', 'c'], `location.hash === '#/compare'`)
    await when(w, `document.querySelector('.choose .hint')`)
    await tabTo(w, `e.matches('.choose .hint')`)
    keys('Return')
    await when(w, labelled('Compare', '.choose button'))
    await tabTo(w, `e.closest('.choose') && e.innerText.trim() === 'Compare'`, { back: true })
    keys('Return')
    await says(w, 'Where the difference comes from')
    await press(w, ['2'], `document.querySelector('[role=grid]')`)
    await tabTo(w, `e.getAttribute('role') === 'grid'`)
    await press(w, ['n'], `document.querySelector('[role=gridcell].at')`)
    await until(async () => { // added and removed rows have one side only
      if (await w.page.eval(`!!document.querySelector('[role=gridcell].at')?.closest('.r.changed')`)) return true
      keys('n')
      return false
    }, 'no changed row is reached', patience)
    keys('Return')
    await when(w, `document.querySelector('.merge')`)
    keys('Escape')
  })

  step('by keys: a question is answered, and leads to its rows', async () => {
    await press(w, ['g', 'a'], `location.hash.startsWith('#/ask')`)
    await when(w, labelled('New collection'))
    await tabTo(w, `e.innerText.trim() === 'New collection'`)
    keys('Return')
    await when(w, `document.querySelector('[role=dialog] input')`)
    await tabTo(w, `e.matches('[role=dialog] input:not([type=checkbox])')`)
    await type(w, 'Deliveries')
    await tabTo(w, `e.type === 'checkbox' && e.closest('label').innerText.includes('delivery-1')`)
    keys('space')
    await tabTo(w, `e.innerText.trim() === 'Save and index'`)
    keys('Return')
    await when(w, `document.querySelector('main textarea')`)
    await tabTo(w, `e.matches('main textarea')`)
    await type(w, 'How many customers?')
    keys('Return')
    await says(w, 'Computed')
    await when(w, `document.querySelector('.citations .cite')`)
    await tabTo(w, `e.matches('.citations .cite')`, { back: true })
    keys('Return')
    await grid(w, 'Customer')
  })

  step('by keys: jobs, settings, the commands and the menu', async () => {
    await press(w, ['g', 'j'], `location.hash === '#/jobs' && document.querySelector('#main li')`)
    await press(w, ['ctrl+comma'], `location.hash === '#/settings'`)
    await tabTo(w, `e.innerText.trim() === 'Light'`)
    keys('Return')
    await when(w, `document.documentElement.dataset.theme === 'light'`)
    await press(w, ['ctrl+k'], `document.activeElement?.matches('[role=dialog] input')`)
    await type(w, 'Watched')
    keys('Return')
    await when(w, `location.hash === '#/watches'`)
    keys('F10', 'Right', 'Right', 'Down', 'Down', 'Down', 'Down', 'Return') // View, Jobs
    await when(w, `location.hash === '#/jobs'`)
    await end(w)
  })
}
