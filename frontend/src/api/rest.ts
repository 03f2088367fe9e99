import type { AddOptions, Auth, BundleInput, CallOptions, Client, Connection, EventStream } from './client'
import type { Address, Sent } from './contract'
import { asProblem, isAbort, Problem, problemOf } from './problem'
import { routes, type CallName, type Req, type Res, type RouteSpec } from './routes'
import { LoginState } from './session'
import { readEvents } from './sse'
import type { AnswerEvent, AppEvent, Job, ProblemBody, PullProgress, Received } from './types'
import { upload } from './upload'
import { requestOf } from './url'

const POLL_MS = 2000
const SILENCE_MS = 40_000 // heartbeats come every 15 s

/** Speaks to a server by contract.md. base is "" where the page came from. */
export class RestClient implements Client {
  readonly kind: 'rest' | 'wails' = 'rest'
  readonly auth: Auth
  readonly login: LoginState
  readonly base: string

  constructor(base: string, needed = true) {
    this.base = base.replace(/\/+$/, '')
    this.login = new LoginState(this.base)
    this.auth = this.#auth(needed)
  }

  async call<N extends CallName>(name: N, req: Req<N>, opts: CallOptions = {}): Promise<Res<N>> {
    const spec = routes[name] as RouteSpec
    const { method, path, body } = requestOf(name, req as object)
    const res = await this.send(path, {
      method, signal: opts.signal, body,
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      credentials: path.startsWith('/api/auth/') ? 'include' : 'same-origin',
    }, spec.open)
    if (!res.ok && !(name === 'health' && res.status === 503)) throw await problemOf(res)
    return (await res.json()) as Res<N>
  }

  /** Fetches with the bearer; a 401 refreshes once and repeats. */
  async send(path: string, init: RequestInit, open = false): Promise<Response> {
    const go = (token: string): Promise<Response> =>
      fetch(this.base + path, { ...init, headers: { ...(init.headers as Record<string, string>), ...(token ? { Authorization: `Bearer ${token}` } : {}) } }).catch((e: unknown) => {
        throw isAbort(e) ? e : new Problem({ code: 'network', detail: e instanceof Error ? e.message : '' })
      })
    if (open || !this.auth.needed) return go('')
    const token = await this.login.current()
    const res = await go(token)
    if (res.status !== 401) return res
    if (!(await this.login.refresh(token))) {
      this.login.end(false)
      throw this.login.unauthorized()
    }
    return go(this.login.token)
  }

  async addBundle(input: BundleInput, opts: AddOptions = {}): Promise<Received> {
    if (!('file' in input)) throw new Problem({ code: 'unsupported', detail: 'A browser can only send files.' })
    return upload(this, input.file, opts)
  }

  async ask(req: { collection: string; question: string; chat_id?: string }, on: (e: AnswerEvent) => void, opts: CallOptions = {}): Promise<void> {
    let over = false
    await this.#stream('/api/ai/chat', req satisfies Sent<'chat'>, opts, (data) => {
      const e = JSON.parse(data) as AnswerEvent
      if (e.kind === 'error') throw new Problem((e.problem ?? { code: 'internal' }) as ProblemBody)
      over = over || e.kind === 'done'
      on(e)
    })
    // A stream that is cut must not pass for an answer.
    if (!over) throw new Problem({ code: 'network', reason: 'answer_cut' })
  }

  async pullModel(req: { provider: string; name: string }, on: (p: PullProgress) => void, opts: CallOptions = {}): Promise<void> {
    await this.#stream('/api/ai/models/pull', req satisfies Sent<'pullModel'>, opts, (data) => {
      const p = JSON.parse(data) as PullProgress
      if (p.problem) throw new Problem(p.problem)
      on(p)
    })
  }

  async #stream(path: Address, body: object, opts: CallOptions, on: (data: string) => void): Promise<void> {
    const res = await this.send(path, {
      method: 'POST', body: JSON.stringify(body), signal: opts.signal, headers: { Accept: 'text/event-stream', 'Content-Type': 'application/json' },
    })
    if (!res.ok) throw await problemOf(res)
    await readEvents(res, (e) => on(e.data))
  }

  events(on: (e: AppEvent) => void, status: (c: Connection) => void): EventStream {
    const stop = new AbortController()
    const poller = new Poller(this, on)
    const run = async (): Promise<void> => {
      let opened = false
      for (let failures = 0; !stop.signal.aborted; ) {
        const quiet = new AbortController()
        let timer: ReturnType<typeof setTimeout> | undefined
        const alive = (): void => {
          clearTimeout(timer)
          timer = setTimeout(() => quiet.abort(), SILENCE_MS)
        }
        try {
          if (failures === 0) status('connecting')
          alive()
          const res = await this.send('/api/events' satisfies Address, { headers: { Accept: 'text/event-stream' }, signal: AbortSignal.any([stop.signal, quiet.signal]) })
          if (!res.ok) throw await problemOf(res)
          status('live')
          // Whatever happened while nobody listened is read again.
          if (opened) on({ kind: 'resync', at: new Date().toISOString() })
          opened = true
          failures = 0
          await readEvents(res, (e) => on(JSON.parse(e.data) as AppEvent), alive)
        } catch (e) {
          if (stop.signal.aborted) break
          const p = asProblem(e)
          if (p.code === 'unauthorized') break
          failures++
        } finally {
          clearTimeout(timer)
        }
        // Polling bridges the gap; the stream is tried again with growing pauses.
        await poller.until(Date.now() + Math.min(30_000, 2000 * 2 ** Math.min(failures, 4)), stop.signal, status)
      }
    }
    void run()
    return { close: () => stop.abort() }
  }

  async save(url: string, name: string): Promise<boolean> {
    const a = document.createElement('a')
    a.href = /^https?:/.test(url) ? url : this.base + url
    a.download = name
    a.rel = 'noopener'
    document.body.append(a)
    a.click()
    a.remove()
    return true
  }

  #auth(needed: boolean): Auth {
    return {
      needed,
      resume: async () => (needed ? this.login.refresh('') : true),
      login: async (username, password, code) => this.login.accept(await this.call('login', { username, password, ...(code ? { code } : {}) })),
      setup: async (token, username, password) => this.login.accept(await this.call('setup', { token, username, password })),
      logout: async () => {
        await this.call('logout', {})
        this.login.end(true)
      },
      onLost: (fn) => this.login.onLost(fn),
    }
  }
}

/** Poller asks for the active jobs and tells what has changed, as events would. */
class Poller {
  #seen = new Map<number, string>()
  readonly #client: Client
  readonly #on: (e: AppEvent) => void

  constructor(client: Client, on: (e: AppEvent) => void) {
    this.#client = client
    this.#on = on
  }

  async until(time: number, signal: AbortSignal, status: (c: Connection) => void): Promise<void> {
    for (let away = false; Date.now() < time && !signal.aborted; ) {
      try {
        await this.#once(signal)
        if (away) return // it answers again: so will the stream
        status('polling')
      } catch (e) {
        if (signal.aborted) return
        const p = asProblem(e)
        away = p.passing && p.code !== 'rate_limited' && p.code !== 'unauthorized'
        if (away) status('offline')
      }
      await new Promise((r) => setTimeout(r, POLL_MS))
    }
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { items } = await this.#client.call('listJobs', { active: true, limit: 100 }, { signal })
    const now = new Map(items.map((j) => [j.id, `${j.status}:${j.progress}:${j.message}`]))
    for (const j of items) if (this.#seen.get(j.id) !== now.get(j.id)) this.#tell(j)
    for (const id of this.#seen.keys()) {
      if (now.has(id)) continue
      this.#tell(await this.#client.call('getJob', { job_id: id }, { signal }))
    }
    this.#seen = now
  }

  #tell(j: Job): void {
    const { id, status, progress, message, session_id, rate, left_ms } = j
    this.#on({ kind: 'job', job_id: id, session_id, state: status, progress, message, rate, left_ms, at: j.updated_at })
  }
}

export const createRestClient = (base: string): Client => new RestClient(base)
