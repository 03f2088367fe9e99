import { afterEach, describe, expect, it, vi } from 'vitest'
import { FakeClient } from './fake'
import { asProblem, Problem, problemOf } from './problem'
import { RestClient } from './rest'
import { routes, type CallName } from './routes'
import { EventParser } from './sse'
import type { AppEvent } from './types'
import { requestOf } from './url'
import { createWailsClient } from './wails'

afterEach(() => {
  vi.unstubAllGlobals()
  localStorage.clear()
})

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
const token = (n: number): Response => json({ access_token: `t${n}`, token_type: 'bearer', expires_in: 900 })

describe('a call as HTTP', () => {
  it('puts path members into the path, encoded, and the rest into the query of GET', () => {
    expect(requestOf('getRows', { session_id: 'a/b', table_id: 2, offset: 0, limit: 10, view: undefined })).toEqual({ method: 'GET', path: '/api/sessions/a%2Fb/tables/2/rows?offset=0&limit=10' })
  })
  it('puts the rest into the body of POST', () => {
    expect(requestOf('createView', { session_id: 's', table_id: 1, sort: [], filter: [] })).toEqual({ method: 'POST', path: '/api/sessions/s/tables/1/views', body: '{"sort":[],"filter":[]}' })
  })
  it('refuses a path with a hole', () => {
    expect(() => requestOf('getSession', { session_id: '' })).toThrow(/session_id is missing/)
  })
  it('is contract.md to the letter where that fixes path and body', () => {
    const fixed: [CallName, string][] = [['login', 'POST /api/auth/login'], ['refresh', 'POST /api/auth/refresh'], ['logout', 'POST /api/auth/logout'], ['requestPasswordReset', 'POST /api/auth/password-reset/request'], ['confirmPasswordReset', 'POST /api/auth/password-reset/confirm'], ['me', 'GET /api/auth/me'], ['convert', 'POST /api/conversion/convert'], ['compare', 'POST /api/comparison/compare'], ['indexSession', 'POST /api/ai/index'], ['cancelJob', 'POST /api/jobs/{job_id}/cancel'], ['retryJob', 'POST /api/jobs/{job_id}/retry'], ['updateUser', 'PUT /api/admin/users/{user_id}'], ['forcePasswordReset', 'POST /api/admin/users/{user_id}/force-password-reset'], ['cleanUp', 'POST /api/admin/cleanup/sessions'], ['auditLog', 'GET /api/admin/audit-logs'], ['errorEvents', 'GET /api/admin/errors'], ['health', 'GET /health/ready']]
    for (const [name, want] of fixed) expect(`${routes[name].method} ${routes[name].path}`).toBe(want)
  })
  it('has no two calls of one method and path', () => {
    const all = Object.values(routes).map((r) => `${r.method} ${r.path.replace(/\{\w+\}/g, '{}')}`)
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('server-sent events', () => {
  it('come whole from pieces cut anywhere', () => {
    const text = ': hello\r\nevent: job\r\ndata: {"a":\r\ndata: 1}\r\nid: 7\r\n\r\ndata: x\n\n'
    for (let cut = 1; cut < text.length; cut++) {
      const p = new EventParser()
      expect([...p.push(text.slice(0, cut)), ...p.push(text.slice(cut))]).toEqual([{ event: 'job', data: '{"a":\n1}', id: '7' }, { event: 'message', data: 'x', id: '7' }])
    }
  })
})

describe('problems', () => {
  it('keep code, fields and correlation id', async () => {
    const p = await problemOf(json({ code: 'conflict', status: 409, detail: 'That name is taken.', reason: 'taken', correlation_id: 'c1', errors: [{ field: 'name', message: 'taken' }] }, 409))
    expect([p.code, p.message, p.reason, p.correlationId, p.field('name')]).toEqual(['conflict', 'That name is taken.', 'taken', 'c1', 'taken'])
  })
  it('are made of a proxy’s page too, with the header’s correlation id', async () => {
    const p = await problemOf(new Response('<html>', { status: 503, headers: { 'X-Correlation-ID': 'c2', 'Retry-After': '3' } }))
    expect([p.code, p.correlationId, p.retryAfterMs]).toEqual(['unavailable', 'c2', 3000])
  })
})

describe('RestClient', () => {
  it('refreshes once for many calls that met 401, and repeats them', async () => {
    let refreshes = 0
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      if (url.endsWith('/refresh')) return token(++refreshes + 1)
      const auth = (init.headers as Record<string, string>).Authorization
      return auth === 'Bearer t2' ? json({ tables: [] }) : json({ code: 'unauthorized' }, 401)
    })
    const c = new RestClient('')
    c.login.accept({ access_token: 't1', token_type: 'bearer', expires_in: 900 })
    const got = await Promise.all(Array.from({ length: 8 }, () => c.call('listTables', { session_id: 's' })))
    expect(got).toHaveLength(8)
    expect(refreshes).toBe(1)
  })
  it('tells that the log-in is over when the refresh is refused', async () => {
    vi.stubGlobal('fetch', async () => json({ code: 'unauthorized' }, 401))
    const c = new RestClient('')
    const lost = vi.fn()
    c.auth.onLost(lost)
    c.login.accept({ access_token: 't1', token_type: 'bearer', expires_in: 900 })
    await expect(c.call('me', {})).rejects.toMatchObject({ code: 'unauthorized', reason: 'session_over' })
    expect(lost).toHaveBeenCalledOnce()
  })
  it('tries again when another page’s refresh was first', async () => {
    let n = 0
    vi.stubGlobal('fetch', async () => (++n === 1 ? json({ code: 'conflict', reason: 'refresh_raced' }, 409) : token(1)))
    expect(await new RestClient('').auth.resume()).toBe(true)
    expect(n).toBe(2)
  })
  it('never keeps the token anywhere but in memory', async () => {
    vi.stubGlobal('fetch', async () => token(1))
    const c = new RestClient('')
    await c.auth.login('ada', 'pw')
    expect(c.login.token).toBe('t1')
    expect(JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }) + document.cookie).not.toContain('t1')
  })
  it('says that the network failed, with no talk of fetch', async () => {
    vi.stubGlobal('fetch', async () => { throw new TypeError('Failed to fetch') })
    await expect(new RestClient('').call('info', {})).rejects.toMatchObject({ code: 'network' })
  })
  it('takes an answer that is cut for an error, not for an answer', async () => {
    vi.stubGlobal('fetch', async () => new Response('data: {"kind":"token","token":"4"}\n\n', { status: 200 }))
    const c = new RestClient('', false)
    const seen: string[] = []
    await expect(c.ask({ collection: 'c', question: 'q' }, (e) => seen.push(e.kind))).rejects.toMatchObject({ reason: 'answer_cut' })
    expect(seen).toEqual(['token'])
  })
  it('sends a file in parts with their digests, and goes on where an earlier attempt stopped', async () => {
    const sent: number[] = []
    const up = { id: 'u1', filename: 'a.zip', bytes: 25, part_bytes: 10, state: 'OPEN', parts: [{ number: 2, bytes: 10, sha256: '' }], expires_at: '' }
    const file = new File(['x'.repeat(25)], 'a.zip', { lastModified: 5 })
    localStorage.setItem('retable.upload:a.zip:25:5', 'u1')
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      if (url.endsWith('/api/uploads/u1')) return json(up)
      if (url.endsWith('/complete')) return json({ session_id: 's1', job_id: 3 })
      sent.push(Number(/parts\/(\d)/.exec(url)![1]))
      expect((init.headers as Record<string, string>)['X-Content-SHA256']).toMatch(/^[0-9a-f]{64}$/)
      return json({})
    })
    const progress: number[] = []
    const got = await new RestClient('', false).addBundle({ file }, { progress: (p) => progress.push(p.done) })
    expect(got.session_id).toBe('s1')
    expect(sent.sort()).toEqual([1, 3])
    expect(progress.at(-1)).toBe(25)
    expect(localStorage.length).toBe(0)
  })
  it('polls while the event stream fails', async () => {
    const job = { id: 5, status: 'RUNNING', progress: 10, message: 'm', updated_at: '' }
    vi.stubGlobal('fetch', async (url: string) => (url.includes('/api/events') ? json({ code: 'unavailable' }, 503) : json({ items: [job], total: 1 })))
    const events: AppEvent[] = []
    const states: string[] = []
    await new Promise<void>((done) => {
      const s = new RestClient('', false).events((e) => { events.push(e); s.close(); done() }, (c) => states.push(c))
    })
    expect(events[0]).toMatchObject({ kind: 'job', job_id: 5, progress: 10 })
  })
})

describe('the window', () => {
  it('calls the bound method of the same name, and reads problems from its rejections', async () => {
    const GetSession = vi.fn().mockResolvedValueOnce({ id: 's' }).mockRejectedValueOnce(JSON.stringify({ code: 'not_found', detail: 'gone', correlation_id: 'c' }))
    vi.stubGlobal('go', undefined)
    window.go = { desktop: { App: { GetSession } } }
    window.runtime = { EventsOn: () => () => undefined, OnFileDrop: () => undefined, OnFileDropOff: () => undefined, BrowserOpenURL: () => undefined, WindowSetTitle: () => undefined }
    const c = createWailsClient()
    expect(await c.call('getSession', { session_id: 's' })).toEqual({ id: 's' })
    expect(GetSession).toHaveBeenCalledWith({ session_id: 's' })
    await expect(c.call('getSession', { session_id: 's' })).rejects.toMatchObject({ code: 'not_found', correlationId: 'c' })
    await expect(c.call('listJobs', {})).rejects.toMatchObject({ code: 'not_allowed' })
    expect(c.auth.needed).toBe(false)
  })
})

describe('the fake', () => {
  it('answers every call of the contract', async () => {
    const c = new FakeClient({ speed: 100 })
    const handlers = (c as unknown as { call: (n: CallName, r: object) => Promise<unknown> })
    for (const name of Object.keys(routes) as CallName[]) {
      try {
        await handlers.call(name, {})
      } catch (e) {
        // Without its arguments a call may refuse; it must not be missing.
        expect(asProblem(e).message, name).not.toMatch(/is not a function/)
      }
    }
  })
  it('gives the same rows again, and fails on demand', async () => {
    const c = new FakeClient()
    const id = c.world.sessions[2]!.id
    const req = { session_id: id, table_id: 1, offset: 999_990, limit: 10 }
    expect(await c.call('getRows', req)).toEqual(await new FakeClient().call('getRows', { ...req }))
    c.fail('getRows', new Problem({ code: 'busy' }))
    await expect(c.call('getRows', req)).rejects.toMatchObject({ code: 'busy' })
  })
})
