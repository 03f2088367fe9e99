// Serves the fake build, or starts the real server, and Debian's Chromium.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer as createHTTP } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))

// What a strict server sends: nothing inline, nothing evaluated, nothing from elsewhere.
export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const MEDIA = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml', woff2: 'font/woff2', txt: 'text/plain; charset=utf-8' }

/** Serves the fake build as a strict server would: every address that is no file is the page. */
export async function serve() {
  const dist = join(root, process.env.DIST ?? 'dist-fake')
  const server = createHTTP((req, res) => {
    const { pathname } = new URL(req.url, 'http://localhost')
    const name = /\.\w+$/.test(pathname) ? pathname : '/index.html'
    try {
      const body = readFileSync(join(dist, name))
      res.writeHead(200, { 'Content-Type': MEDIA[name.split('.').at(-1)] ?? 'application/octet-stream', 'Content-Security-Policy': CSP })
      res.end(body)
    } catch {
      res.writeHead(404).end()
    }
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close() } }
}

// A port of its own, because links that the server gives name it.
const freePort = () => new Promise((resolve, reject) => {
  const probe = createServer().once('error', reject)
  probe.listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
})

/** Starts the real server on an empty data root and waits for the link that it prints for the first administrator. */
export async function serveReal(binary) {
  const root = mkdtempSync(join(tmpdir(), 'retable-e2e-'))
  const address = `127.0.0.1:${await freePort()}`
  const start = () => spawn(binary, ['serve', '--address', address], { env: { ...process.env, RET_RUNTIME_ROOT: root }, stdio: ['ignore', 'pipe', 'pipe'] })
  let child = start()
  let log = ''
  const end = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await new Promise((r) => child.once('exit', r))
  }
  const stop = async () => {
    await end('SIGTERM')
    rmSync(root, { recursive: true, force: true })
  }
  /** Ends it without a warning; the call that comes back starts it again on its data, at its address. */
  const crash = async () => {
    child.removeAllListeners('exit')
    await end('SIGKILL')
    return () => {
      child = start()
      child.stdout.on('data', (data) => (log += data))
      child.stderr.on('data', (data) => (log += data))
    }
  }
  const link = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no set-up link within 60 s:\n${log}`)), 60_000)
    const read = (data) => {
      log += data
      const found = /(http:\/\/[^/\s]+)(\/setup#token=[\w-]+)\s/.exec(log)
      if (!found) return
      clearTimeout(late)
      resolve({ url: found[1], path: found[2] })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${log}`)))
  }).catch(async (e) => {
    await stop()
    throw e
  })
  return { url: link.url, setup: link.path, log: () => log, stop, crash }
}

const axeSource = () => readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Throws unless there is no finding of WCAG 2.2 A and AA. Evaluated by the debugger: the page's policy forbids it itself. */
export async function axe(page, name) {
  await page.evaluate(axeSource())
  const found = await page.evaluate(async () => {
    const r = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    return r.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? n.all[0]?.message ?? ''}`).join(' | ')}`)
  })
  if (found.length) throw new Error(`axe on ${name}: ${found.join('\n   ')}`)
}

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-default-apps', '--disable-dev-shm-usage'],
  })
}

export const shots = () => process.env.SHOTS ?? mkdtempSync(join(tmpdir(), 'retable-shots-'))

/** A page that notes what must not happen: errors on the console, breaches of the policy. The real server sends its own policy. */
export async function open(browser, base, options = {}) {
  const context = await browser.newContext({ viewport: options.viewport ?? { width: 1440, height: 900 }, colorScheme: options.dark ? 'dark' : 'light', reducedMotion: 'reduce', locale: options.locale ?? 'en-GB', permissions: ['clipboard-read', 'clipboard-write'] })
  const page = await context.newPage()
  const faults = []
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning') faults.push(`${m.text()} ${m.location().url ?? ''}`)
  })
  page.on('pageerror', (e) => faults.push(String(e)))
  page.setDefaultTimeout(30_000)
  // What moved without anybody's doing: the sum of layout shifts since the page was loaded.
  await page.addInitScript(() => {
    window.shifted = 0
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value
    }).observe({ type: 'layout-shift', buffered: true })
  })
  const goto = (path) => page.goto(base + path)
  return { context, page, faults, goto }
}

/** The second half of the workflow by keys alone: a comparison from the palette, a change and its source, a question and its evidence. */
export async function compareAndAskByKeys(page, { typed, option, question }) {
  const { keyboard } = page
  await keyboard.press('Control+k')
  await page.getByRole('combobox').waitFor()
  await keyboard.type(typed)
  await page.getByRole('option', { name: option }).first().waitFor()
  await keyboard.press('Enter')
  await page.getByText('Where the difference comes from').waitFor()
  await keyboard.press('2')
  await page.locator('.r.changed').first().waitFor()
  await keyboard.press('n')
  await page.locator('[role="gridcell"].at').waitFor()
  await keyboard.press('Enter')
  await page.getByRole('complementary', { name: /Row and its source/ }).waitFor()
  await keyboard.press('g')
  await keyboard.press('a')
  await page.getByPlaceholder('Ask a question').waitFor()
  await keyboard.press('/')
  await keyboard.type(question)
  await keyboard.press('Enter')
  await page.locator('.citations .cite').first().waitFor()
}
