// Starts `vite preview` over the fake build and Debian's Chromium.
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const root = fileURLToPath(new URL('..', import.meta.url))

// What a strict server sends: nothing inline, nothing evaluated, nothing from elsewhere.
export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export async function serve() {
  const port = 41000 + (process.pid % 2000)
  const child = spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'preview', '--outDir', 'dist-fake', '--port', String(port), '--strictPort', '--host', '127.0.0.1'], { cwd: root, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  for (let i = 0; ; i++) {
    try {
      if ((await fetch(url)).ok) break
    } catch {
      // not up yet
    }
    if (i > 120) throw new Error('vite preview did not come up')
    await new Promise((r) => setTimeout(r, 250))
  }
  return { url, stop: () => child.kill() }
}

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-default-apps', '--disable-dev-shm-usage'],
  })
}

export const shots = () => process.env.SHOTS ?? mkdtempSync(join(tmpdir(), 'retable-shots-'))

/** A page that notes what must not happen: errors on the console, breaches of the policy. */
export async function open(browser, base, options = {}) {
  const context = await browser.newContext({ viewport: options.viewport ?? { width: 1440, height: 900 }, colorScheme: options.dark ? 'dark' : 'light', reducedMotion: 'reduce', locale: options.locale ?? 'en-GB', permissions: ['clipboard-read', 'clipboard-write'] })
  await context.route('**/*', async (route) => {
    if (route.request().resourceType() !== 'document') return route.continue()
    const res = await route.fetch()
    await route.fulfill({ response: res, headers: { ...res.headers(), 'content-security-policy': CSP } })
  })
  const page = await context.newPage()
  const faults = []
  page.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning') faults.push(m.text())
  })
  page.on('pageerror', (e) => faults.push(String(e)))
  page.setDefaultTimeout(15_000)
  const goto = async (path) => {
    await page.goto(base + path)
    await page.waitForLoadState('networkidle')
  }
  return { context, page, faults, goto }
}
