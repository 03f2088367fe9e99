import type { AddOptions, BundleInput, CallOptions, Client, Connection, DesktopAbilities, DesktopCommand, EventStream } from './client'
import { asProblem, Problem } from './problem'
import { RestClient } from './rest'
import { routes, type CallName, type Req, type Res, type RouteSpec } from './routes'
import type { AppEvent, ProblemBody, Received } from './types'

type Bound = Record<string, (...args: unknown[]) => Promise<unknown>>

interface WailsRuntime {
  EventsOn(name: string, fn: (...data: unknown[]) => void): () => void
  OnFileDrop(fn: (x: number, y: number, paths: string[]) => void, useDropTarget: boolean): void
  OnFileDropOff(): void
  BrowserOpenURL(url: string): void
  WindowSetTitle(title: string): void
}

declare global {
  interface Window {
    go?: { desktop?: { App?: Bound } }
    runtime?: WailsRuntime
  }
}

/**
 * Speaks to the process around the window: bound methods for calls, the
 * in-process handler (same paths, no log-in) for streams and big answers.
 */
class WailsClient extends RestClient {
  override readonly kind = 'wails'
  readonly desktop: DesktopAbilities
  readonly #app: Bound
  readonly #runtime: WailsRuntime

  constructor(app: Bound, runtime: WailsRuntime) {
    super('', false)
    this.#app = app
    this.#runtime = runtime
    this.desktop = this.#abilities()
    // A message of the desktop is for who looks at something else.
    for (const name of ['focus', 'blur'] as const) window.addEventListener(name, () => void this.#bound('SetFocused', name === 'focus').catch(() => undefined))
  }

  override async call<N extends CallName>(name: N, req: Req<N>, opts: CallOptions = {}): Promise<Res<N>> {
    if ((routes[name] as RouteSpec).handler) return super.call(name, req, opts)
    const method = name[0]!.toUpperCase() + name.slice(1)
    return (await abortable(this.#bound(method, req), opts.signal)) as Res<N>
  }

  async #bound(method: string, ...args: unknown[]): Promise<unknown> {
    const fn = this.#app[method]
    if (!fn) throw new Problem({ code: 'not_allowed', detail: `This window has no ${method}.` })
    try {
      return await fn(...args)
    } catch (e) {
      throw boundProblem(e)
    }
  }

  override async addBundle(input: BundleInput, opts: AddOptions = {}): Promise<Received> {
    if ('path' in input) return (await this.#bound('AddPath', { path: input.path, convert: opts.convert ?? true, options: opts.options })) as Received
    throw new Problem({ code: 'unsupported', detail: 'Use the file dialog, or drop the file on the window.' })
  }

  override events(on: (e: AppEvent) => void, status: (c: Connection) => void): EventStream {
    status('live')
    const off = this.#runtime.EventsOn('retable:event', (e) => on(e as AppEvent))
    return { close: off }
  }

  override async save(url: string, name: string): Promise<boolean> {
    return (await this.#bound('SaveTicket', { url, name })) as boolean
  }

  #abilities(): DesktopAbilities {
    return {
      pickBundles: async () => ((await this.#bound('PickBundles')) as string[] | null) ?? [],
      pickFolder: async (title) => (await this.#bound('PickFolder', title)) as string,
      onDrop: (fn) => {
        this.#runtime.OnFileDrop((_x, _y, paths) => fn(paths), false)
        return () => this.#runtime.OnFileDropOff()
      },
      onCommand: (fn) => {
        const off = this.#runtime.EventsOn('retable:command', (c) => fn(c as DesktopCommand))
        void this.#bound('Ready').catch(() => undefined) // what has waited for a listener comes now
        return off
      },
      reveal: async (path) => {
        await this.#bound('Reveal', path)
      },
      openExternal: (url) => this.#runtime.BrowserOpenURL(url),
      setTitle: (title) => this.#runtime.WindowSetTitle(title),
      setLanguage: (language) => void this.#bound('SetLanguage', language).catch(() => undefined), // the menu stays as it was
      setTheme: (theme) => void this.#bound('SetTheme', theme).catch(() => undefined), // so do its colours
      useRoot: async (dir) => {
        await this.#bound('UseRoot', dir)
      },
      quit: async () => {
        await this.#bound('Quit')
      },
      stay: async () => {
        await this.#bound('Stay')
      },
    }
  }
}

/** Rejections are the problem object, its JSON, or plain text. */
function boundProblem(e: unknown): Problem {
  if (typeof e === 'string') {
    try {
      return new Problem(JSON.parse(e) as ProblemBody)
    } catch {
      return new Problem({ code: 'internal', detail: e })
    }
  }
  if (e && typeof e === 'object' && 'code' in e && !(e instanceof Problem)) return new Problem(e as ProblemBody)
  return asProblem(e)
}

/** A bound call can't be stopped; its answer can be left alone. */
function abortable<T>(p: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return p
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new DOMException('stopped', 'AbortError'))
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    p.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

export function createWailsClient(): Client {
  const app = window.go?.desktop?.App
  if (!app || !window.runtime) throw new Error('this is no Retable window')
  return new WailsClient(app, window.runtime)
}
