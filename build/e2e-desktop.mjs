// The checks of e2e-desktop.sh, which has set up display, bus and program.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { attach, until } from './inspector.mjs'

const [work, shots] = process.argv.slice(2)
const program = path.join(work, 'retable')
const sample = path.join(work, 'sample')
fs.mkdirSync(shots, { recursive: true })
// Settings of the one who runs this mustn't reach the program.
for (const name of Object.keys(process.env)) if (name.startsWith('RET_')) delete process.env[name]
let children = []
process.on('exit', () => children.forEach((c) => c.kill('SIGKILL')))

const check = (ok, claim) => {
  if (!ok) throw new Error(`not so: ${claim}`)
}
const freePort = () => new Promise((ok) => {
  const s = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = s.address()
    s.close(() => ok(port))
  })
})
const x = (...args) => execFileSync('xdotool', args, { encoding: 'utf8' }).trim()

/** Starts the window over a data root and attaches to its page. */
async function start(root, { args = [], env = {}, ready = true } = {}) {
  const address = `127.0.0.1:${await freePort()}`
  const log = fs.openSync(path.join(work, 'window.log'), 'a')
  const child = spawn(program, args, { stdio: ['ignore', log, log], env: { ...process.env, RET_RUNTIME_ROOT: path.join(work, root), WEBKIT_INSPECTOR_HTTP_SERVER: address, ...env } })
  children.push(child)
  const exited = new Promise((ok) => child.on('exit', (code, signal) => {
    children = children.filter((c) => c !== child)
    ok(code ?? signal)
  }))
  const page = await attach(address)
  if (ready) await page.when(`document.querySelector('.shell') && !document.querySelector('.skeleton')`)
  return { child, page, exited, call: (name, req = {}) => page.eval(`window.go.desktop.App.${name}(${JSON.stringify(req)})`) }
}

/** Takes a picture once the page has drawn what it knows. */
async function shot(name) {
  await w?.page.eval(`new Promise((ok) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => ok(1))), 250))`).catch(() => undefined)
  execFileSync('import', ['-window', 'root', path.join(shots, `${name}.png`)], { env: { ...process.env, MAGICK_TEMPORARY_PATH: work, TMPDIR: work } })
}
const text = (w) => w.page.eval('document.body.innerText')
const says = (w, what, seconds = 30) => w.page.when(`document.body.innerText.includes(${JSON.stringify(what)})`, { seconds })
/** Clicks the first button or link with this text. */
const click = (w, label) => w.page.when(`(() => { const b = [...document.querySelectorAll('button, a, [role=tab], [role=menuitem]')].find((b) => b.innerText.trim() === ${JSON.stringify(label)} && !b.disabled); b?.click(); return !!b })()`)
const dialog = (title) => until(() => { try { return x('search', '--onlyvisible', '--name', `^${title}$`).split('\n')[0] } catch { return '' } }, `no dialog ${title}`, 20)
/** Types a path into a dialog and confirms it; the completion takes the first Return. */
async function fill(title, value) {
  const d = await dialog(title)
  x('windowactivate', '--sync', d)
  x('key', '--clearmodifiers', 'ctrl+a')
  x('type', '--delay', '15', value)
  await until(async () => {
    x('key', 'Return')
    await new Promise((ok) => setTimeout(ok, 500))
    try { return !x('search', '--onlyvisible', '--name', `^${title}$`) } catch { return true }
  }, `the dialog ${title} stays`, 20)
}
const over = (w, id, seconds = 60) => until(async () => {
  const j = await w.call('GetJob', { job_id: id })
  if (j.status === 'FAILED' || j.status === 'CANCELLED') throw new Error(`job ${id}: ${j.error}`)
  return j.status === 'SUCCESS' ? j : null
}, `job ${id} didn't end`, seconds)
const exits = (w, seconds = 30) => Promise.race([w.exited, new Promise((_, no) => setTimeout(() => no(new Error('the window stays')), seconds * 1000))])
const closeWindow = () => execFileSync('wmctrl', ['-F', '-c', execFileSync('wmctrl', ['-l'], { encoding: 'utf8' }).split('\n').map((l) => l.split(/\s+/).slice(3).join(' ')).find((t) => /Retable$/.test(t))])

const steps = []
const step = (claim, run) => steps.push([claim, run])
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
  await shot('1-home')
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
  x('search', '--sync', '--onlyvisible', '--name', 'Retable$', 'windowactivate', '--sync')
  x('key', '--clearmodifiers', 'ctrl+o')
  await fill('Open bundles', path.join(sample, 'delivery-1.zip'))
  first = (await until(async () => (await w.call('ListSessions')).items[0], 'no session came', 30)).id
  await until(async () => (await w.call('GetSession', { session_id: first })).state === 'READY', 'it is not converted', 60)
  await says(w, 'delivery-1.zip')
})

step('a file dropped on the window is taken in', async () => {
  // As the toolkit tells it; dragging between programs can't be played here.
  await w.page.eval(`window.wails.EventsNotify(JSON.stringify({ name: 'wails:file-drop', data: [400, 300, [${JSON.stringify(path.join(sample, 'delivery-2.zip'))}]] }))`)
  second = (await until(async () => (await w.call('ListSessions', { search: 'delivery-2' })).items[0], 'no session came', 30)).id
  await until(async () => (await w.call('GetSession', { session_id: second })).state === 'READY', 'it is not converted', 60)
  await w.page.eval(`window.location.hash = '#/'`)
  await says(w, 'delivery-2.zip')
  await shot('2-sessions')
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
  await w.page.when(`document.querySelectorAll('[role=gridcell]').length > 20`)
  await shot('3-grid')
  const rows = await w.page.eval(`fetch('/api/sessions/${first}/tables/${big.id}/rows?offset=0&limit=50').then((r) => r.json())`)
  check(rows.rows.length > 0, 'rows come')
})

step('two deliveries are compared', async () => {
  const { comparison_id, job_id } = await w.call('Compare', { left_session_id: first, right_session_id: second })
  await over(w, job_id)
  const c = await w.call('GetComparison', { comparison_id })
  check(c.summary !== undefined, 'a summary is there')
  await w.page.eval(`window.location.hash = '#/compare/${comparison_id}'`)
  await w.page.when(`/\\d %|\\d%/.test(document.body.innerText)`)
  await shot('4-comparison')
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
  await w.page.when(`document.querySelector('textarea')`)
  await w.page.eval(`(() => { const t = document.querySelector('textarea'); t.focus(); t.value = 'How many Order are there?'; t.dispatchEvent(new Event('input', { bubbles: true })); })()`)
  await until(async () => { // the keyboard may still be with a dialog that has just closed
    x('search', '--sync', '--onlyvisible', '--name', 'Retable$', 'windowactivate', '--sync')
    x('key', 'Return')
    await new Promise((ok) => setTimeout(ok, 1000))
    return w.page.eval(`document.querySelector('textarea')?.value === ''`)
  }, 'the question isn’t sent', 20)
  await w.page.when(`/\\b4\\b/.test(document.querySelector('main').innerText)`)
  await shot('5-ask')
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
  const child = spawn(program, [other], { stdio: 'ignore', env: { ...process.env, RET_RUNTIME_ROOT: path.join(work, 'root') } })
  children.push(child)
  await exits({ exited: new Promise((ok) => child.on('exit', ok)) })
  await until(async () => (await w.call('ListSessions', { search: 'second.xml' })).items[0], 'it was not handed over', 30)
})

step('closing with work under way asks, and “no” stays', async () => {
  const big = path.join(work, 'big.xml')
  const out = fs.openSync(big, 'w')
  fs.writeSync(out, '<Orders>')
  for (let i = 0; i < 4000; i++) {
    fs.writeSync(out, Array.from({ length: 100 }, (_, k) => `<Order id="${i}-${k}"><Customer>C${k}</Customer><Total currency="EUR">${i}.${k}</Total><Note>what was said about ${i * k}</Note></Order>`).join(''))
  }
  fs.writeSync(out, '</Orders>')
  fs.closeSync(out)
  w.big = await w.call('AddPath', { path: big })
  closeWindow()
  await says(w, 'Quit while work is under way?', 20)
  await shot('6-quit')
  await click(w, 'Cancel')
  await w.page.when(`!document.body.innerText.includes('Quit while work is under way?')`)
  check(w.child.exitCode === null, 'it is still there')
})

step('“yes” hands the job back, and the next start goes on with it', async () => {
  const { status } = await w.call('GetJob', { job_id: w.big.job_id })
  check(status !== 'SUCCESS', `the job is still under way (${status})`)
  closeWindow()
  await says(w, 'Quit while work is under way?', 20)
  click(w, 'Quit').catch(() => undefined) // the answer may not come any more
  check((await exits(w)) === 0, 'it ends well')
  check(JSON.parse(fs.readFileSync(path.join(work, 'root', 'window.json'))).width > 700, 'where it stood is kept')
  const job = w.big.job_id
  w = await start('root')
  await over(w, job, 120)
})

step('a killed window loses nothing', async () => {
  const before = (await w.call('ListSessions')).total
  w.child.kill('SIGKILL')
  await exits(w)
  w = await start('root')
  check((await w.call('ListSessions')).total === before, 'all sessions are there')
})

step('a data root that somebody else holds is named, and opens when it is free', async () => {
  w.child.kill('SIGTERM')
  check((await exits(w)) === 0, 'a signal ends it well')
  const server = spawn(program, ['serve', '--address', `127.0.0.1:${await freePort()}`], { stdio: 'pipe', env: { ...process.env, RET_RUNTIME_ROOT: path.join(work, 'root') } })
  children.push(server)
  await new Promise((ok) => server.stdout.on('data', (d) => String(d).includes('listens') && ok()))
  w = await start('root', { ready: false })
  await says(w, 'The data can’t be opened')
  await shot('7-held')
  check((await text(w)).includes(String(server.pid)), await text(w))
  const left = new Promise((ok) => server.on('exit', ok))
  server.kill('SIGTERM')
  await left
  await new Promise((ok) => setTimeout(ok, 1100))
  await click(w, 'Try again')
  await w.page.when(`document.querySelector('.shell')`)
  w.child.kill('SIGTERM')
  await exits(w)
})

step('the menu speaks German where the desktop does', async () => {
  w = await start('german', { env: { LANG: 'de_DE.UTF-8' } })
  await shot('8-german')
  w.child.kill('SIGTERM')
  check((await exits(w)) === 0, 'it ends well')
})

const begun = Date.now()
let failed = 0
for (const [claim, run] of steps) {
  const at = Date.now()
  try {
    await run()
    console.log(`ok    ${claim} (${((Date.now() - at) / 1000).toFixed(1)} s)`)
  } catch (e) {
    failed++
    console.log(`FAIL  ${claim}: ${e.message}`)
    await shot('failed')
    break // the steps build on each other
  }
}
console.log(`window: ${steps.length - failed} checks passed, ${failed} failed, ${((Date.now() - begun) / 1000).toFixed(0)} s`)
if (failed) console.log(fs.readFileSync(path.join(work, 'window.log'), 'utf8').split('\n').slice(-30).join('\n'))
process.exit(failed ? 1 : 0)
