// What a person has in front of the window: mouse, keys, native dialogs, eyes.
// The page is asked where something stands, or what it says; all that is done to
// it is done by mouse and keys of the display. Nothing waits for a time: each
// wait is for something that is seen, and what got lost is done again.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { attach, until } from './inspector.mjs'

export const [work, shots] = process.argv.slice(2)
export const program = path.join(work, 'retable')
export const sample = path.join(work, 'sample')
/** Seconds that anything may take on a machine that has other work too. */
export const patience = 120
fs.mkdirSync(shots, { recursive: true })
// Settings of the one who runs this mustn't reach the program.
for (const name of Object.keys(process.env)) if (/^RET_(?!SOAK$)/.test(name)) delete process.env[name]

let children = []
process.on('exit', () => children.forEach((c) => c.kill('SIGKILL')))

export const check = (ok, claim) => {
  if (!ok) throw new Error(`not so: ${claim}`)
}
export const sleep = (ms) => new Promise((ok) => setTimeout(ok, ms))
export const freePort = () => new Promise((ok) => {
  const s = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = s.address()
    s.close(() => ok(port))
  })
})
export const x = (...args) => execFileSync('xdotool', args.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
const seen = (...search) => { try { return x('search', '--onlyvisible', ...search).split('\n').at(-1) } catch { return '' } }
/** The window in front; "" for a moment while they change. */
export const inFront = () => { try { return x('getactivewindow') } catch { return '' } }

/** Does something until it has had its effect; a key or a click may get lost while windows change. */
export async function insist(act, effect, complaint, { seconds = 3 } = {}) {
  await until(async () => {
    await act()
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
      if (await effect()) return true
    }
    return false
  }, complaint, patience)
}

/** Starts a program that ends with this one. */
export function run(file, args = [], options = {}) {
  const child = spawn(file, args, { stdio: 'ignore', ...options })
  children.push(child)
  child.exited = new Promise((ok) => child.on('exit', (code, signal) => {
    children = children.filter((c) => c !== child)
    ok(code ?? signal)
  }))
  return child
}

/** Starts the window over a data root and attaches to its page. */
export async function start(root, { args = [], env = {}, ready = true } = {}) {
  const address = `127.0.0.1:${await freePort()}`
  const log = fs.openSync(path.join(work, 'window.log'), 'a')
  const child = run(program, args, { stdio: ['ignore', log, log], env: { ...process.env, RET_RUNTIME_ROOT: path.join(work, root), WEBKIT_INSPECTOR_HTTP_SERVER: address, ...env } })
  const page = await attach(address, { seconds: patience })
  if (ready) await page.when(`document.querySelector('.shell') && !document.querySelector('.skeleton')`, { seconds: patience })
  const w = { child, page, address, ready: Date.now(), exited: child.exited, call: (name, req = {}) => page.eval(`window.go.desktop.App.${name}(${JSON.stringify(req)})`) }
  w.id = await until(() => seen('--pid', child.pid, '--class', 'retable'), 'no window is seen', patience)
  return w
}

/** A small window of another program that these files can be dragged from. */
export async function neighbour(title, paths) {
  const child = run(path.join(work, 'desk'), ['drag', title, ...paths], { stdio: ['ignore', 'pipe', 'ignore'] })
  child.said = ''
  child.stdout.on('data', (d) => { child.said += d })
  child.id = await until(() => seen('--pid', child.pid, '--name', `^${title}$`), `no window ${title}`, patience)
  child.says = (line) => child.said.split('\n').includes(line)
  return child
}

/** Takes a picture once the page has drawn what it knows and nothing moves any more. */
export async function shot(w, name) {
  await w?.page.when(`new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(() => ok(document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)))))`, { seconds: 5 }).catch(() => undefined)
  picture('root', path.join(shots, `${name}.png`))
}
export const picture = (of, file, ...more) => execFileSync('import', ['-window', of, ...more, file], { env: { ...process.env, MAGICK_TEMPORARY_PATH: work, TMPDIR: work } })

export const text = (w) => w.page.eval('document.body.innerText')
export const says = (w, what) => w.page.when(`document.body.innerText.includes(${JSON.stringify(what)})`, { seconds: patience })
export const when = (w, expression) => w.page.when(expression, { seconds: patience })
export const over = (w, id) => until(async () => {
  const j = await w.call('GetJob', { job_id: id })
  if (j.status === 'FAILED' || j.status === 'CANCELLED') throw new Error(`job ${id}: ${j.error}`)
  return j.status === 'SUCCESS' ? j : null
}, `job ${id} didn't end`, 2 * patience)
export const exits = (w) => Promise.race([w.exited, sleep(patience * 1000).then(() => { throw new Error('the window stays') })])
export async function end(w) {
  w.child.kill('SIGTERM')
  check((await exits(w)) === 0, 'it ends well')
}
export const closeWindow = (w) => execFileSync('wmctrl', ['-i', '-c', `0x${Number(w.id).toString(16)}`])
export const size = (w) => Object.fromEntries(x('getwindowgeometry', '--shell', w.id).split('\n').map((l) => l.split('=')).map(([k, v]) => [k, +v]))

/** The first button, link and so on that is seen and says this. */
export const labelled = (label, kinds = 'button, a, label, [role=tab], [role=menuitem], [role=option]') =>
  `[...document.querySelectorAll(${JSON.stringify(kinds)})].find((e) => (e.innerText.trim().split('\\n')[0] === ${JSON.stringify(label)} || e.getAttribute('aria-label') === ${JSON.stringify(label)}) && e.getClientRects().length && !e.disabled)`

/** Clicks into an element, once it stands still and nothing lies over it. */
export async function mouse(w, element, { button = 1, twice = false } = {}) {
  const at = () => w.page.eval(`(() => {
    const e = ${element}
    if (!e) return null
    e.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    const r = e.getBoundingClientRect(), x = Math.round(r.x + Math.min(r.width / 2, 300)), y = Math.round(r.y + r.height / 2)
    const top = document.elementFromPoint(x, y)
    return top && (e.contains(top) || top.contains(e)) ? [x, y, innerHeight] : null
  })()`).catch(() => null)
  let before
  const [left, top, height] = await until(async () => {
    const now = await at()
    const still = now && String(now) === before
    before = String(now)
    return still && now
  }, `nowhere: ${element}`, patience)
  x('mousemove', '--window', w.id, left, size(w).HEIGHT - height + top) // the menu stands above the page
  x('click', ...(twice ? ['--repeat', 2, '--delay', 80] : []), button)
}

/** Gives the window the keyboard. */
export async function activate(w) {
  await until(async () => {
    if (await w.page.eval('document.hasFocus()')) return true
    execFileSync('wmctrl', ['-i', '-a', `0x${Number(w.id).toString(16)}`])
    return false
  }, 'the window doesn’t get the keyboard', patience)
}
export const keys = (...names) => x('key', '--clearmodifiers', '--delay', 40, ...names)
/** Presses keys until they have had their effect in the page. */
export const press = (w, names, effect) => insist(async () => {
  await activate(w)
  keys(...names)
}, () => w.page.eval(`!!(${effect})`).catch(() => false), `${names} never leads to ${effect}`)
/** Types into the field that has the focus, and waits until it is all there. */
export async function type(w, what) {
  x('type', '--clearmodifiers', '--delay', 12, what)
  await when(w, `document.activeElement?.value === ${JSON.stringify(what)}`)
}

/** Presses Tab until an element has the focus. */
export async function tabTo(w, what, { most = 120, back = false } = {}) {
  await activate(w)
  for (let i = 0; i < most; i++) {
    if (await w.page.eval(`(() => { const e = document.activeElement; return !!e && (${what}) })()`)) return
    keys(back ? 'shift+Tab' : 'Tab')
  }
  throw new Error(`Tab never comes to ${what}; it ended at ${await w.page.eval('document.activeElement.outerHTML.slice(0, 200)')}`)
}

const dialog = (title) => until(() => seen('--name', `^${title}$`), `no dialog ${title}`, patience)

/** Presses keys that open a native dialog, and fills it. */
export async function openBy(w, key, title, value) {
  await insist(async () => {
    await activate(w)
    keys(key)
  }, () => seen('--name', `^${title}$`), `${key} opens no dialog`, { seconds: 15 })
  await fill(title, value)
}

/** Types a path into a native dialog and confirms it; the completion takes the first Return. */
export async function fill(title, value) {
  const d = await dialog(title)
  x('windowactivate', '--sync', d)
  keys('ctrl+a')
  x('type', '--delay', 15, value)
  await insist(() => { if (seen('--name', `^${title}$`)) x('key', 'Return') }, () => !seen('--name', `^${title}$`), `the dialog ${title} stays`)
}

/** Clicks a file dialog's button that takes what it proposes, below on the right. */
export async function saveByMouse(title) {
  const d = await dialog(title)
  await insist(() => {
    if (!seen('--name', `^${title}$`)) return
    const s = size({ id: d })
    x('mousemove', '--window', d, s.WIDTH - 45, s.HEIGHT - 25)
    x('click', 1)
  }, () => !seen('--name', `^${title}$`), `the dialog ${title} stays`)
}

/** Drags files from a window of another program into the middle of this one (XDND). */
export async function drop(w, paths) {
  const from = await neighbour('Files to drag', paths)
  x('windowmove', '--sync', from.id, 0, 0)
  x('windowactivate', '--sync', from.id)
  await insist(() => { // the toolkit begins a drag after some way
    x('mouseup', 1)
    x('mousemove', '--window', from.id, 40, 30)
    x('mousedown', 1)
    for (let i = 0; i < 5; i++) x('mousemove_relative', 8, 8)
  }, () => from.says('begun'), 'the drag doesn’t begin')
  const s = size(w)
  let step = 0
  // At each move the window is asked whether the files are welcome.
  await insist(() => x('mousemove', '--window', w.id, Math.round(s.WIDTH / 2) + 3 * (++step % 5), Math.round(s.HEIGHT / 2)), () => from.says('taken'), 'the window doesn’t want them')
  x('mouseup', 1)
  await until(() => from.says('ended'), 'the drag doesn’t end', patience)
  check(!from.says('failed'), 'the files were taken')
  from.kill('SIGTERM')
  await from.exited
}

/** The colours of the menu's bar, to compare what it says. */
export function menuBar(w, pageHeight) {
  const file = path.join(work, 'menu.png')
  picture(w.id, file, '-crop', `400x${size(w).HEIGHT - pageHeight}+0+0`)
  return execFileSync('identify', ['-format', '%#', file], { encoding: 'utf8' })
}

/** A file that takes seconds to convert. */
export function large(name) {
  const file = path.join(work, name)
  const out = fs.openSync(file, 'w')
  fs.writeSync(out, `<Orders of="${name}">`)
  for (let i = 0; i < 4000; i++) {
    fs.writeSync(out, Array.from({ length: 100 }, (_, k) => `<Order id="${i}-${k}"><Customer>C${k}</Customer><Total currency="EUR">${i}.${k}</Total><Note>what was said about ${i * k}</Note></Order>`).join(''))
  }
  fs.writeSync(out, '</Orders>')
  fs.closeSync(out)
  return file
}
