// Starts the real server on a data root that is kept, and signs in: with the set-up
// link when the root is new, else by password.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

const freePort = () => new Promise((resolve, reject) => {
  const probe = createServer().once('error', reject)
  probe.listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => resolve(port))
  })
})

export async function startServer(binary, root) {
  const url = `http://127.0.0.1:${await freePort()}`
  const began = performance.now()
  const child = spawn(binary, ['serve', '--address', url.slice(7)], { env: { ...process.env, RET_RUNTIME_ROOT: root, RET_LOG_FORMAT: 'text', RET_MAX_ENTRY_BYTES: '8GB', RET_MAX_TOTAL_BYTES: '16GB', RET_MAX_UPLOAD_BYTES: '2GB' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stdout.on('data', (d) => (log += d))
  child.stderr.on('data', (d) => (log += d))
  const ended = new Promise((r) => child.once('exit', r))
  for (;;) {
    try {
      if ((await fetch(`${url}/health/live`)).ok) break
    } catch {
      // not up yet
    }
    if (child.exitCode !== null || performance.now() - began > 60_000) throw new Error(`the server did not come up:\n${log}`)
    await new Promise((r) => setTimeout(r, 20))
  }
  const startMs = performance.now() - began

  async function signIn(user) {
    const setup = /\/setup#token=([\w-]+)/.exec(log)?.[1]
    const res = await fetch(`${url}/api/auth/${setup ? 'setup' : 'login'}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(setup ? { token: setup, ...user } : user) })
    if (!res.ok) throw new Error(`sign-in: ${res.status} ${await res.text()}`)
    const { access_token } = await res.json()
    return async (method, path, body, headers = {}) => {
      const raw = body instanceof Uint8Array
      const r = await fetch(url + path, { method, headers: { Authorization: `Bearer ${access_token}`, ...(body && !raw ? { 'Content-Type': 'application/json' } : {}), ...headers }, body: body && !raw ? JSON.stringify(body) : body })
      if (!r.ok) throw new Error(`${method} ${path}: ${r.status} ${await r.text()}`)
      return r.json()
    }
  }
  return { url, startMs, signIn, log: () => log, stop: async () => { child.kill(); await ended } }
}
