import type { AddOptions, Auth, BundleInput, CallOptions, Client, Connection, DesktopAbilities, EventStream } from './client'
import { answer, events } from './fake/answers'
import { FakeViews } from './fake/grid'
import { handlers, receive, type Backend, type Handlers } from './fake/handlers'
import { hex } from './fake/dice'
import { FakeJobs } from './fake/jobs'
import { ago, World } from './fake/world'
import { Problem } from './problem'
import type { CallName, Req, Res } from './routes'
import type { AnswerEvent, AppEvent, PullProgress, Received } from './types'
import { Meter } from './upload'

export interface FakeOptions {
  /** Milliseconds before each answer. */
  latency?: number
  /** Jobs and streams run so many times faster. */
  speed?: number
  /** Nothing is there yet. */
  empty?: boolean
  /** Nobody is logged in. */
  loggedOut?: boolean
  setup?: boolean
  desktop?: boolean
  /** A language model is there. */
  model?: boolean
  /** These calls fail. */
  failing?: CallName[]
}

/**
 * A back end in memory: deterministic data, jobs that run, answers that stream,
 * errors on demand. For tests, for looking at the front end without a server.
 */
export class FakeClient implements Client {
  readonly kind = 'fake'
  readonly auth: Auth
  readonly desktop?: DesktopAbilities
  readonly jobs: FakeJobs
  readonly world: World
  readonly views = new FakeViews()
  latency: number
  model: string
  /** The network is down while set. */
  offline = false
  readonly #failing: Map<CallName, Problem>
  readonly #handlers: Handlers
  readonly #backend: Backend
  readonly #listeners = new Set<(e: AppEvent) => void>()
  readonly #lost = new Set<() => void>()
  readonly #drops = new Set<(paths: string[]) => void>()
  #loggedIn: boolean
  /** Names of the calls that were made, for tests. */
  readonly calls: CallName[] = []

  constructor(o: FakeOptions = {}) {
    this.latency = o.latency ?? 0
    this.model = o.model ? 'ollama/qwen2.5-coder:3b' : ''
    this.#loggedIn = !(o.loggedOut || o.setup)
    this.#failing = new Map((o.failing ?? []).map((n) => [n, this.problem()]))
    this.world = new World(o.empty ?? false)
    this.jobs = new FakeJobs((e) => this.emit(e))
    this.jobs.speed = o.speed ?? 1
    this.#backend = {
      world: this.world, jobs: this.jobs, views: this.views, door: o.desktop ? 'desktop' : 'server', setupRequired: o.setup ?? false, model: () => this.model,
      changed: (kind, id) => this.emit({ kind, at: ago(0), ...(kind === 'session' ? { session_id: id } : { id }) }),
    }
    this.#handlers = handlers(this.#backend)
    this.auth = this.#auth(!o.desktop)
    if (o.desktop) this.desktop = this.#abilities()
    if (!o.empty) this.#history()
  }

  async call<N extends CallName>(name: N, req: Req<N>, opts: CallOptions = {}): Promise<Res<N>> {
    this.calls.push(name)
    await wait(this.latency, opts.signal)
    if (this.offline) throw new Problem({ code: 'network', detail: 'Failed to fetch' })
    const fault = this.#failing.get(name)
    if (fault) throw fault
    const res = await (this.#handlers[name] as (req: Req<N>, signal?: AbortSignal) => Res<N> | Promise<Res<N>>)(req, opts.signal)
    opts.signal?.throwIfAborted()
    return res
  }

  /** Makes a call fail from now on; without a problem it works again. */
  fail(name: CallName, problem?: Problem | null): void {
    if (problem === null) this.#failing.delete(name)
    else this.#failing.set(name, problem ?? this.problem())
  }

  problem(): Problem {
    return new Problem({ code: 'internal', status: 500, title: 'Internal Server Error', detail: 'Something went wrong on our side while reading the store.', correlation_id: hex(4711, 16) })
  }

  emit(e: AppEvent): void {
    for (const fn of this.#listeners) fn(e)
  }

  /** The log-in ends, as if an administrator had ended it. */
  lose(): void {
    this.#loggedIn = false
    for (const fn of this.#lost) fn()
  }

  drop(paths: string[]): void {
    for (const fn of this.#drops) fn(paths)
  }

  async addBundle(input: BundleInput, opts: AddOptions = {}): Promise<Received> {
    const name = 'file' in input ? input.file.name : input.path.split('/').at(-1)!
    const size = 'file' in input ? input.file.size : 9_000_000
    if (!/\.(zip|xml|gz|tar|zst|bz2)$/i.test(name)) throw new Problem({ code: 'unsupported', status: 415, detail: `${name} is neither a ZIP nor XML. Send a bundle of XML files.`, correlation_id: hex(9, 16) })
    const meter = new Meter(size, opts.progress)
    for (let i = 0; i < 5; i++) {
      await wait(160 / this.jobs.speed, opts.signal)
      meter.add(size / 5)
    }
    meter.phase('verifying')
    return receive(this.#backend, name, size, opts.convert ?? true)
  }

  async ask(req: { collection: string; question: string; chat_id?: string }, on: (e: AnswerEvent) => void, opts: CallOptions = {}): Promise<void> {
    await wait(this.latency, opts.signal)
    if (this.offline) throw new Problem({ code: 'network', detail: 'Failed to fetch' })
    if (/fail/.test(req.question)) throw new Problem({ code: 'unavailable', status: 503, reason: 'model_down', detail: 'The model provider does not answer. Start Ollama, or ask again: search works without it.', correlation_id: hex(77, 16) })
    const collection = this.world.collections.find((c) => c.id === req.collection)!
    const session = this.world.sessions.find((s) => s.id === collection.sessions[0]) ?? this.world.sessions[0]!
    const a = answer(req.question, session, this.model)
    const kept = req.chat_id ? this.world.messages.get(req.chat_id) : undefined
    kept?.push({ number: kept.length + 1, role: 'user', text: req.question, at: ago(0) })
    for (const e of events(a)) {
      await wait((e.kind === 'token' ? 45 : 140) / this.jobs.speed, opts.signal)
      on(e)
    }
    kept?.push({ number: kept.length + 1, role: 'assistant', text: a.answer, answer: a, at: ago(0) })
    const chat = this.world.chats.find((c) => c.id === req.chat_id)
    if (chat && !chat.title) chat.title = req.question.slice(0, 60)
  }

  async pullModel(req: { provider: string; name: string }, on: (p: PullProgress) => void, opts: CallOptions = {}): Promise<void> {
    const total = 1.9e9
    for (let i = 0; i <= 20; i++) {
      await wait(150 / this.jobs.speed, opts.signal)
      on({ status: i < 20 ? 'downloading' : 'verifying', done: (total * i) / 20, total })
    }
    this.model = `${req.provider}/${req.name}`
  }

  events(on: (e: AppEvent) => void, status: (c: Connection) => void): EventStream {
    this.#listeners.add(on)
    queueMicrotask(() => status('live'))
    return { close: () => this.#listeners.delete(on) }
  }

  async save(_url: string, name: string): Promise<boolean> {
    this.saved.push(name)
    return true
  }

  /** What was saved, for tests. */
  readonly saved: string[] = []

  #history(): void {
    const oct = this.world.sessions[1]!
    this.jobs.put({ job_type: 'convert', status: 'SUCCESS', subject: oct.name, session_id: oct.id, message: 'Done', result: { tables: 3, rows: oct.rows, proved: true } }, 2880)
    this.jobs.put({ job_type: 'compare', status: 'SUCCESS', subject: 'orders-2026-10.zip → orders-2026-11.zip', comparison_id: this.world.comparisons.at(-1)?.id, message: 'Done' }, 20)
    const feed = this.world.sessions.find((s) => s.name === 'price-feed.xml')!
    this.jobs.put({ job_type: 'convert', status: 'FAILED', subject: feed.name, session_id: feed.id, error: feed.error, error_code: 'unprocessable', attempts: 1, stack: 'xmltok: unexpected end of input\n\tactors/task_convert.go:88' }, 45, { job_type: 'convert', subject: feed.name, session_id: feed.id, takes: 2000, steps: ['Reading'], done: () => ({}) })
    this.jobs.put({ job_type: 'index', status: 'CANCELLED', subject: 'Station logs', message: 'Stopped' }, 130, { job_type: 'index', subject: 'Station logs', takes: 4000, amount: 60_000, steps: ['Making chunks', 'Writing full text'], done: () => ({}) })
  }

  #auth(needed: boolean): Auth {
    return {
      needed,
      resume: async () => this.#loggedIn,
      login: async (username, password, code) => {
        await this.call('login', { username, password, code })
        this.#loggedIn = true
      },
      setup: async (token, username, password) => {
        await this.call('setup', { token, username, password })
        this.#loggedIn = true
      },
      logout: async () => this.lose(),
      onLost: (fn) => {
        this.#lost.add(fn)
        return () => this.#lost.delete(fn)
      },
    }
  }

  #abilities(): DesktopAbilities {
    return {
      pickBundles: async () => ['/data/deliveries/orders-2026-12.zip'],
      pickFolder: async () => '/data/inbox',
      onDrop: (fn) => {
        this.#drops.add(fn)
        return () => this.#drops.delete(fn)
      },
      onCommand: () => () => undefined,
      reveal: async () => undefined,
      openExternal: () => undefined,
      setTitle: () => undefined,
      setLanguage: () => undefined,
      setTheme: () => undefined,
      useRoot: async () => undefined,
      quit: async () => undefined,
      stay: async () => undefined,
    }
  }
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new DOMException('stopped', 'AbortError'))
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new DOMException('stopped', 'AbortError'))
    }, { once: true })
  })
}

/** From the page's address: ?empty, ?login, ?setup, ?desktop, ?model, ?slow, ?fail=listSessions,getRows. */
export function createFakeClient(): Client {
  const q = new URLSearchParams(location.search)
  const client = new FakeClient({
    latency: q.has('slow') ? 1500 : 30, empty: q.has('empty'), loggedOut: q.has('login'), setup: q.has('setup'), desktop: q.has('desktop'), model: q.has('model'),
    speed: Number(q.get('speed') ?? 1), failing: (q.get('fail')?.split(',').filter(Boolean) ?? []) as CallName[],
  })
  ;(window as unknown as { retable: FakeClient }).retable = client
  return client
}
