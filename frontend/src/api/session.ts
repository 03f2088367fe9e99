import type { Address } from './contract'
import { Problem, problemOf } from './problem'
import type { TokenResponse } from './types'

// The log-in of a page: the access token lives in memory only, the refresh
// token in a cookie that scripts can't see. Of many tabs one refreshes at a time
// (Web Locks), and tells the others that something has changed.

const LOCK = 'retable-refresh'

export class LoginState {
  token = ''
  #expires = 0
  #refreshing: Promise<boolean> | null = null
  #lost = new Set<() => void>()
  readonly #base: string
  readonly #channel: BroadcastChannel | null

  constructor(base: string) {
    this.#base = base
    this.#channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('retable-auth')
    this.#channel?.addEventListener('message', (e: MessageEvent<{ kind: string; token?: string; expires?: number }>) => {
      if (e.data.kind === 'logout') this.#end(false)
      // One refresh serves all tabs of this origin: the token passes from memory to memory.
      else if (e.data.kind === 'token' && e.data.token) this.#take(e.data.token, e.data.expires ?? 0, false)
    })
  }

  onLost(fn: () => void): () => void {
    this.#lost.add(fn)
    return () => this.#lost.delete(fn)
  }

  accept(t: TokenResponse): void {
    this.#take(t.access_token, Date.now() + (t.expires_in ?? 900) * 1000, true)
  }

  #take(token: string, expires: number, tell: boolean): void {
    this.token = token
    this.#expires = expires
    if (tell) this.#channel?.postMessage({ kind: 'token', token, expires })
  }

  /** A token for the next call, refreshed shortly before it expires. */
  async current(): Promise<string> {
    if (this.token && Date.now() > this.#expires - 20_000) await this.refresh(this.token)
    return this.token
  }

  /** Gets a new token in place of `stale`; false if the log-in is over. */
  refresh(stale: string): Promise<boolean> {
    this.#refreshing ??= this.#underLock(stale).finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  async #underLock(stale: string): Promise<boolean> {
    if (!navigator.locks) return this.#refresh()
    return navigator.locks.request(LOCK, async () => {
      // Another tab refreshed while this one waited for the lock.
      if (this.token && this.token !== stale) return true
      return this.#refresh()
    })
  }

  async #refresh(): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      const res = await fetch(this.#base + ('/api/auth/refresh' satisfies Address), { method: 'POST', credentials: 'include', headers: { Accept: 'application/json' } })
      if (res.ok) {
        this.accept((await res.json()) as TokenResponse)
        return true
      }
      const problem = await problemOf(res)
      // Another page's refresh was committed first: its cookie is ours by now.
      if (problem.status === 409 && attempt < 3) {
        await new Promise((r) => setTimeout(r, 150 * (attempt + 1)))
        continue
      }
      if (problem.status === 401 || problem.status === 403 || problem.status === 409) return false
      throw problem
    }
  }

  /** The log-in is over: here, and in the other tabs if `tell`. */
  end(tell: boolean): void {
    this.#end(tell)
  }

  #end(tell: boolean): void {
    const had = this.token !== ''
    this.token = ''
    this.#expires = 0
    if (tell) this.#channel?.postMessage({ kind: 'logout' })
    if (had) for (const fn of this.#lost) fn()
  }

  unauthorized(): Problem {
    return new Problem({ code: 'unauthorized', status: 401, reason: 'session_over' })
  }
}
