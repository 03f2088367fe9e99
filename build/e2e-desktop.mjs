// The checks of e2e-desktop.sh, which has set up display, bus and program.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { deskSteps } from './e2e-desktop-desk.mjs'
import { check, closeWindow, end, exits, fill, freePort, insist, large, openBy, over, patience, press, program, run, sample, says, shot, start, text, when, work } from './e2e-desktop-hands.mjs'
import { lookSteps } from './e2e-desktop-looks.mjs'
import { until } from './inspector.mjs'
import { walkSteps } from './e2e-desktop-walks.mjs'

/** Clicks the first button or link with this text. */
const click = (w, label) => when(w, `(() => { const b = [...document.querySelectorAll('button, a, [role=tab], [role=menuitem]')].find((b) => b.innerText.trim() === ${JSON.stringify(label)} && !b.disabled); b?.click(); return !!b })()`)

const steps = []
const step = (claim, run) => steps.push([claim, run])
/** A step of the long walk, with RET_SOAK=1. */
const soak = (claim, run) => { if (process.env.RET_SOAK === '1') step(claim, run) }
let w
let first
let second
let small // two files with four orders

step('without a display the message names another way', () => {
  let said = ''
  try {
    execFileSync(program, [], { env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' }, stdio: 'pipe' })
  } catch (e) {
    said = String(e.stderr)
  }
  check(said.includes('retable serve'), said)
  check(execFileSync(program, ['version'], { encoding: 'utf8' }).startsWith('retable '), 'commands still work')
})

step('it opens on a fresh data root and shows the front end', async () => {
  w = await start('root')
  check((await w.call('Info')).door === 'desktop', 'the door is the desktop')
  check((await w.call('Me')).local, 'nobody logs in')
  await says(w, 'Turn XML into tables')
  await shot(w, '1-home')
})

step('only its own scripts run', async () => {
  await w.page.eval(`(() => { const s = document.createElement('script'); s.textContent = 'window.foreign = true'; document.head.append(s) })()`)
  check(!(await w.page.eval('window.foreign')), 'an inline script is refused')
})

step('refusals come as problem documents, also from a panic’s neighbours', async () => {
  const p = await w.page.eval(`window.go.desktop.App.GetSession({ session_id: 'x' }).then(() => null, (e) => e)`)
  check(p.code === 'not_found' && p.correlation_id.length === 32, JSON.stringify(p))
  const q = await w.page.eval(`window.go.desktop.App.GetSession({ session: 'x' }).then(() => null, (e) => e)`)
  check(q.code === 'unprocessable' && q.errors.length > 0, JSON.stringify(q))
  const r = await w.page.eval(`fetch('/api/sessions/x').then((r) => r.json())`)
  check(r.code === 'not_found', 'the handler answers the same')
})

step('a bundle is opened by the keyboard and the native dialog', async () => {
  await openBy(w, 'ctrl+o', 'Open bundles', path.join(sample, 'delivery-1.zip'))
  first = (await until(async () => (await w.call('ListSessions')).items[0], 'no session came', patience)).id
  await until(async () => (await w.call('GetSession', { session_id: first })).state === 'READY', 'it is not converted', patience)
  await says(w, 'delivery-1.zip')
})

step('the second delivery is opened by its path', async () => {
  second = (await w.call('AddPath', { path: path.join(sample, 'delivery-2.zip') })).session_id
  await until(async () => (await w.call('GetSession', { session_id: second })).state === 'READY', 'it is not converted', patience)
  await w.page.eval(`window.location.hash = '#/'`)
  await says(w, 'delivery-2.zip')
  await shot(w, '2-sessions')
})

step('a folder is packed, and the same one found again', async () => {
  const dir = path.join(work, 'folder')
  fs.mkdirSync(path.join(dir, 'sub'), { recursive: true })
  fs.writeFileSync(path.join(dir, 'a.xml'), '<Orders><Order id="1"/><Order id="2"/></Orders>')
  fs.writeFileSync(path.join(dir, 'sub', 'b.xml'), '<Orders><Order id="3"/><Order id="4"/></Orders>')
  const got = await w.call('AddPath', { path: dir })
  await over(w, got.job_id)
  check((await w.call('GetSession', { session_id: got.session_id })).xml_count === 2, 'both files are in')
  small = got.session_id
  check((await w.call('AddPath', { path: dir })).existing, 'the same folder is known')
})

step('the grid reads its rows through the handler', async () => {
  const { tables } = await w.call('ListTables', { session_id: first })
  const big = tables.sort((a, b) => b.rows - a.rows)[0]
  await w.page.eval(`window.location.hash = '#/sessions/${first}/tables?table=' + ${JSON.stringify(encodeURIComponent(big.name))}`)
  await when(w, `document.querySelectorAll('[role=gridcell]').length > 20`)
  await shot(w, '3-grid')
  const rows = await w.page.eval(`fetch('/api/sessions/${first}/tables/${big.id}/rows?offset=0&limit=50').then((r) => r.json())`)
  check(rows.rows.length > 0, 'rows come')
})

step('two deliveries are compared', async () => {
  const { comparison_id, job_id } = await w.call('Compare', { left_session_id: first, right_session_id: second })
  await over(w, job_id)
  const c = await w.call('GetComparison', { comparison_id })
  check(c.summary !== undefined, 'a summary is there')
  await w.page.eval(`window.location.hash = '#/compare/${comparison_id}'`)
  await when(w, `/\\d %|\\d%/.test(document.body.innerText)`)
  await shot(w, '4-comparison')
})

step('an answer streams, step by step', async () => {
  const c = await w.call('CreateCollection', { name: 'Deliveries', sessions: [] })
  const got = await w.call('IndexSession', { session_id: small, collection: c.id })
  if (got.job_id) await over(w, got.job_id)
  const events = await w.page.eval(`(async () => {
    const res = await fetch('/api/ai/chat', { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' }, body: JSON.stringify({ collection: '${c.id}', question: 'How many Order are there?' }) })
    return [res.status, await res.text()]
  })()`)
  check(events[0] === 200 && events[1].includes('event: route') && /event: done[^]*"answer":"[^"]*4/.test(events[1]), JSON.stringify(events))
  await w.page.eval(`window.location.hash = '#/ask/${c.id}'`)
  await when(w, `document.querySelector('textarea')`)
  await w.page.eval(`(() => { const t = document.querySelector('textarea'); t.focus(); t.value = 'How many Order are there?'; t.dispatchEvent(new Event('input', { bubbles: true })); })()`)
  await press(w, ['Return'], `document.querySelector('textarea')?.value === ''`)
  await when(w, `/\\b4\\b/.test(document.querySelector('main').innerText)`)
  await shot(w, '5-ask')
})

step('a download is saved where the native dialog says', async () => {
  const { url } = await w.call('DownloadTicket', { session_id: first, format: 'csv' })
  const target = path.join(work, 'tables.zip')
  await w.page.eval(`(window.saved = window.go.desktop.App.SaveTicket({ url: '${url}', name: 'tables.zip' }), 0)`)
  await fill('Save as', target)
  check(await w.page.eval('window.saved'), 'it was saved')
  check(fs.readFileSync(target).subarray(0, 2).toString() === 'PK', 'it is a ZIP')
  const gone = await w.page.eval(`window.go.desktop.App.SaveTicket({ url: '${url}', name: 'again' }).then(() => null, (e) => e.reason)`)
  check(gone === 'ticket_gone', 'a ticket works once')
})

step('a second start hands its paths over and ends', async () => {
  const other = path.join(work, 'second.xml')
  fs.writeFileSync(other, '<Orders><Order id="9"/><Order id="10"/></Orders>')
  await exits(run(program, [other], { env: { ...process.env, RET_RUNTIME_ROOT: path.join(work, 'root') } }))
  await until(async () => (await w.call('ListSessions', { search: 'second.xml' })).items[0], 'it was not handed over', patience)
})

step('closing with work under way asks, and “no” stays', async () => {
  w.big = await w.call('AddPath', { path: large('big.xml') })
  closeWindow(w)
  await says(w, 'Quit while work is under way?')
  await shot(w, '6-quit')
  await click(w, 'Cancel')
  await when(w, `!document.body.innerText.includes('Quit while work is under way?')`)
  check(w.child.exitCode === null, 'it is still there')
})

step('“yes” hands the job back, and the next start goes on with it', async () => {
  const { status } = await w.call('GetJob', { job_id: w.big.job_id })
  check(status !== 'SUCCESS', `the job is still under way (${status})`)
  closeWindow(w)
  await says(w, 'Quit while work is under way?')
  click(w, 'Quit').catch(() => undefined) // the answer may not come any more
  check((await exits(w)) === 0, 'it ends well')
  check(JSON.parse(fs.readFileSync(path.join(work, 'root', 'window.json'))).width > 700, 'where it stood is kept')
  const job = w.big.job_id
  w = await start('root')
  await over(w, job)
})

step('a killed window loses nothing', async () => {
  const before = (await w.call('ListSessions')).total
  w.child.kill('SIGKILL')
  await exits(w)
  w = await start('root')
  check((await w.call('ListSessions')).total === before, 'all sessions are there')
})

step('a data root that somebody else holds is named, and opens when it is free', async () => {
  await end(w)
  const server = run(program, ['serve', '--address', `127.0.0.1:${await freePort()}`], { stdio: 'pipe', env: { ...process.env, RET_RUNTIME_ROOT: path.join(work, 'root') } })
  await new Promise((ok) => server.stdout.on('data', (d) => String(d).includes('listens') && ok()))
  w = await start('root', { ready: false })
  await says(w, 'The data can’t be opened')
  await shot(w, '7-held')
  check((await text(w)).includes(String(server.pid)), await text(w))
  server.kill('SIGTERM')
  await server.exited
  await insist(() => click(w, 'Try again'), () => w.page.eval(`!!document.querySelector('.shell')`), 'it doesn’t open')
  await end(w)
})

deskSteps(step, soak)
walkSteps(step)
lookSteps(soak)

const begun = Date.now()
let failed = 0
for (const [claim, run] of steps) {
  const at = Date.now()
  try {
    const left = await run()
    console.log(`ok    ${claim}${left ? `, ${left}` : ''} (${((Date.now() - at) / 1000).toFixed(1)} s)`)
  } catch (e) {
    failed++
    console.log(`FAIL  ${claim}: ${e.message}`)
    await shot(w, 'failed')
    break // the steps build on each other
  }
}
console.log(`window: ${steps.length - failed} checks passed, ${failed} failed, ${((Date.now() - begun) / 1000).toFixed(0)} s`)
if (failed) console.log(fs.readFileSync(path.join(work, 'window.log'), 'utf8').split('\n').slice(-30).join('\n'))
process.exit(failed ? 1 : 0)
