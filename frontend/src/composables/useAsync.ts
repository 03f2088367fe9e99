import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { asProblem, isAbort, type Problem } from '@/api/problem'
import { useEvents } from './useEvents'

/** What there is of something that has to be fetched. */
export type Async<T> = { kind: 'idle' } | { kind: 'loading' } | { kind: 'ready'; value: T } | { kind: 'failed'; problem: Problem }

export interface AsyncHandle<T> {
  state: Readonly<ShallowRef<Async<T>>>
  /** Fetches anew; what is shown stays until the answer comes unless `clear`, and while nobody answers. A running fetch is dropped. */
  load(opts?: { clear?: boolean }): Promise<void>
  /** Puts a value that is known from elsewhere. */
  set(value: T): void
}

/**
 * Fetches with one request at a time: a later one aborts and outdates the earlier. What a passing fault has kept
 * away is fetched by itself once the server is there again.
 */
export function useAsync<T>(fetch: (signal: AbortSignal) => Promise<T>, opts: { immediate?: boolean } = {}): AsyncHandle<T> {
  const state = shallowRef<Async<T>>({ kind: 'idle' })
  let running: AbortController | null = null
  let missed = false

  async function load({ clear = false } = {}): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    if (clear || state.value.kind !== 'ready') state.value = { kind: 'loading' }
    try {
      const value = await fetch(mine.signal)
      if (mine.signal.aborted) return
      missed = false
      state.value = { kind: 'ready', value }
    } catch (e) {
      if (mine.signal.aborted || isAbort(e)) return
      const problem = asProblem(e)
      missed = problem.passing
      // Forms and grids live in what is shown: it isn't torn down because nobody answers for a while.
      if (!missed || state.value.kind !== 'ready') state.value = { kind: 'failed', problem }
    }
  }

  useEvents([], () => {
    if (missed) void load()
  })

  onScopeDispose(() => running?.abort())
  if (opts.immediate !== false) void load()
  return { state, load, set: (value) => (state.value = { kind: 'ready', value }) }
}
