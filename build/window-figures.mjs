// The window's figures for docs/benchmarks.md: build/e2e-desktop.sh figures,
// which has set up display, bus and program. What is measured stands with each.
import fs from 'node:fs'
import path from 'node:path'
import { end, exits, large, over, patience, program, start, work } from './e2e-desktop-hands.mjs'
import { until } from './inspector.mjs'

const starts = 7
const pages = 1000
const at = (list, share) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))]

/** The processes below one, and itself. */
function family(pid) {
  const parents = fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n)).flatMap((n) => {
    try { return [[Number(n), Number(fs.readFileSync(`/proc/${n}/stat`, 'utf8').split(') ')[1].split(' ')[1])]] } catch { return [] }
  })
  const all = [pid]
  for (const one of all) all.push(...parents.filter(([, parent]) => parent === one).map(([child]) => child))
  return all
}
/** Memory of a process in MB: its own, with its share of what it has in common with others (Pss); kind _File: of that, pages of files. */
const memory = (pid, kind = '') => Number(new RegExp(`^Pss${kind}:\\s+(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) / 1000
const name = (pid) => fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
const show = (what, value) => console.log(`| ${what} | ${value} |`)

/** Kept from one run to the next, so that measuring needn't wait for it. */
const root = path.join('figures')
const kept = path.join(work, root, 'figures.json')
if (!fs.existsSync(kept)) {
  const w = await start(root)
  const { session_id } = await w.call('AddPath', { path: large('figures.xml') })
  await until(async () => (await w.call('GetSession', { session_id })).state === 'READY', 'the table isn’t ready', 4 * patience)
  const table = (await w.call('ListTables', { session_id })).tables.toSorted((a, b) => b.rows - a.rows)[0]
  fs.writeFileSync(kept, JSON.stringify({ session_id, table }))
  await end(w)
}
const { session_id, table } = JSON.parse(fs.readFileSync(kept))
if (process.env.PREPARE) process.exit(0)

const painted = [], ready = []
let w
for (let i = 0; i < starts; i++) {
  const begun = Date.now()
  w = await start(root)
  const [paint] = await until(async () => w.page.eval(`performance.getEntriesByType('paint').filter((e) => e.name === 'first-contentful-paint').map((e) => performance.timeOrigin + e.startTime)`).then((l) => l.length && l), 'nothing is painted', patience)
  painted.push(paint - begun)
  ready.push(w.ready - begun)
  if (i < starts - 1) await end(w)
}
show('program started to first paint, median (worst) of ' + starts, `${at(painted, 0.5).toFixed(0)} ms (${Math.max(...painted).toFixed(0)} ms)`)
show('… to the list of sessions, looked at every 100 ms', `${at(ready, 0.5).toFixed(0)} ms (${Math.max(...ready).toFixed(0)} ms)`)

const measured = (hash, drawn) => w.page.eval(`location.hash = ${JSON.stringify(hash)}`).then(() => w.page.when(drawn, { seconds: patience }))
const sums = () => {
  const all = family(w.child.pid)
  const own = memory(w.child.pid), web = all.filter((p) => p !== w.child.pid && /WebKit/.test(name(p))).reduce((sum, p) => sum + memory(p), 0)
  return `${own.toFixed(0)} MB (${memory(w.child.pid, '_File').toFixed(0)} MB of it mapped files) + ${web.toFixed(0)} MB`
}
show('memory, program + WebKit’s processes, at the first view', sums())

await measured(`#/sessions/${session_id}/tables?table=${encodeURIComponent(table.name)}`, `document.querySelectorAll('[role=gridcell]').length > 20`)
const times = await w.page.eval(`(async () => {
  const times = []
  for (let i = 0; i < ${pages}; i++) {
    const offset = (i * 7919 * 100) % ${table.rows - 100}, begun = performance.now()
    await fetch('/api/sessions/${session_id}/tables/${table.id}/rows?limit=100&offset=' + offset).then((r) => r.json())
    times.push(performance.now() - begun)
  }
  return times
})()`)
show(`a page of 100 rows of ${table.rows.toLocaleString('en')} x ${table.columns ?? '?'}, anywhere, to its JSON read in the page: p50, p99 of ${pages}`, `${at(times, 0.5).toFixed(0)} ms, ${at(times, 0.99).toFixed(0)} ms`)
const bound = await w.page.eval(`(async () => {
  const times = []
  for (let i = 0; i < ${pages}; i++) {
    const begun = performance.now()
    await window.go.desktop.App.GetSession({ session_id: '${session_id}' })
    times.push(performance.now() - begun)
  }
  return times
})()`)
show(`a call of a bound method (a session’s state): p50, p99 of ${pages}`, `${at(bound, 0.5).toFixed(0)} ms, ${at(bound, 0.99).toFixed(0)} ms`)
show('memory after these pages', sums())
await w.child.kill('SIGTERM')
await exits(w)
show('the program with front end and embedding model, stripped', `${(fs.statSync(process.env.STRIPPED ?? program).size / 1e6).toFixed(0)} MB`)
process.exit(0)
