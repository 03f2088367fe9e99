// The views of the window at the sizes and in the colours that people have:
// nothing is cut off, and a picture of each is taken for those who look at them.
import path from 'node:path'
import { check, end, labelled, over, patience, sample, shot, start, when, x } from './e2e-desktop-hands.mjs'
import { until } from './inspector.mjs'

/** Two deliveries, compared, and a question asked of them. Gives the addresses of the views. */
export async function prepared(w) {
  const [first, second] = await Promise.all([1, 2].map(async (n) => (await w.call('AddPath', { path: path.join(sample, `delivery-${n}.zip`) })).session_id))
  for (const id of [first, second]) await until(async () => (await w.call('GetSession', { session_id: id })).state === 'READY', 'a session isn’t ready', patience)
  const { comparison_id, job_id } = await w.call('Compare', { left_session_id: first, right_session_id: second })
  await over(w, job_id)
  const c = await w.call('CreateCollection', { name: 'Deliveries', sessions: [] })
  const indexed = await w.call('IndexSession', { session_id: first, collection: c.id })
  if (indexed.job_id) await over(w, indexed.job_id)
  return { first, second, comparison: comparison_id, collection: c.id }
}

/** Shows the view at an address, once it has drawn all. */
export async function view(w, hash, drawn) {
  await w.page.eval(`window.location.hash = ${JSON.stringify(hash)}`)
  await when(w, `location.hash.startsWith(${JSON.stringify(hash)}) && !document.querySelector('#main .skeleton, #main [aria-busy=true]') && (${drawn})`)
}

/** Chooses light or dark in the settings. */
export async function dress(w, theme) {
  await view(w, '#/settings', labelled({ light: 'Light', dark: 'Dark' }[theme], 'button'))
  await w.page.eval(`${labelled({ light: 'Light', dark: 'Dark' }[theme], 'button')}.click()`)
  await when(w, `document.documentElement.dataset.theme === '${theme}'`)
}

/** Gives the window a size, from its left upper corner, and waits until the page has it. */
export async function resize(w, width, height) {
  x('windowsize', w.id, width, height)
  await when(w, `Math.abs(innerWidth - ${width}) < 2`)
}

export function lookSteps(soak) {
  const views = (at) => [
    ['home', '#/', `document.querySelectorAll('main td a').length === 2`],
    ['tables', `#/sessions/${at.first}/tables?table=CustomerExport~Customer`, `document.querySelectorAll('[role=gridcell]').length > 20`],
    ['inventory', `#/sessions/${at.first}/inventory`, `document.querySelector('[role=tabpanel], main')`],
    ['conversion', `#/sessions/${at.first}/convert`, `document.querySelector('[role=tabpanel], main')`],
    ['dictionary', `#/sessions/${at.first}/dictionary`, `document.querySelector('[role=tabpanel], main')`],
    ['compare', '#/compare', `document.querySelector('.choose')`],
    ['overview', `#/compare/${at.comparison}`, `document.body.innerText.includes('Where the difference comes from')`],
    ['difference', `#/compare/${at.comparison}/tables?table=CustomerExport~Customer`, `document.querySelector('.r.changed')`],
    ['ask', `#/ask/${at.collection}`, `document.querySelector('main textarea')`],
    ['jobs', '#/jobs', `document.querySelector('#main li')`],
    ['watches', '#/watches', `document.querySelector('#main h1')`],
    ['recipes', '#/recipes', `document.querySelector('#main h1')`],
    ['settings', '#/settings', `document.querySelector('#main h1')`],
  ]
  soak('at every size, light and dark, no view is wider than the window', async () => {
    const w = await start('looks')
    const at = await prepared(w)
    for (const theme of ['light', 'dark']) {
      await dress(w, theme)
      for (const [width, height] of [[1280, 800], [1024, 600], [800, 600]]) {
        await resize(w, width, height)
        for (const [name, hash, drawn] of views(at)) {
          await view(w, hash, drawn)
          const over = await w.page.eval(`[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight, (document.querySelector('#main')?.scrollWidth ?? 0) - (document.querySelector('#main')?.clientWidth ?? 0)]`)
          await shot(w, `look-${theme}-${width}-${name}`)
          check(over.every((n) => n <= 1), `${name} at ${width} x ${height} fits: ${over}`)
        }
      }
    }
    await end(w)
  })
}
