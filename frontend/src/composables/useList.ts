import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { asProblem, isAbort, type Problem } from '@/api/problem'
import type { List } from '@/api/types'
import { useEvents } from './useEvents'

export interface ListHandle<T> {
  items: ShallowRef<T[]>
  total: Ref<number>
  state: Ref<'loading' | 'done' | 'more' | 'error'>
  problem: ShallowRef<Problem | null>
  empty: ComputedRef<boolean>
  /** Nothing was fetched yet. */
  first: ComputedRef<boolean>
  reload(): Promise<void>
  more(): Promise<void>
}

/** A list that is fetched part by part, by cursor. */
export function useList<T>(fetch: (page: { cursor?: string; limit: number }, signal: AbortSignal) => Promise<List<T>>, limit = 50): ListHandle<T> {
  const items = shallowRef<T[]>([])
  const total = ref(0)
  const state = ref<'loading' | 'done' | 'more' | 'error'>('loading')
  const problem = shallowRef<Problem | null>(null)
  const fetched = ref(false)
  let cursor: string | undefined
  let running: AbortController | null = null

  async function get(from: string | undefined, keep: boolean, size: number): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    state.value = 'loading'
    problem.value = null
    try {
      const part = await fetch({ ...(from ? { cursor: from } : {}), limit: size }, mine.signal)
      if (mine.signal.aborted) return
      items.value = keep ? [...items.value, ...part.items] : part.items
      total.value = part.total
      cursor = part.next
      fetched.value = true
      state.value = part.next ? 'more' : 'done'
    } catch (e) {
      if (mine.signal.aborted || isAbort(e)) return
      problem.value = asProblem(e)
      state.value = 'error'
    }
  }

  useEvents([], () => {
    if (problem.value?.passing) void reload()
  })
  onScopeDispose(() => running?.abort())
  // As many as are shown already, so that a refresh doesn't shorten the list.
  const reload = (): Promise<void> => get(undefined, false, Math.min(500, Math.max(limit, items.value.length)))
  return {
    items, total, state, problem,
    first: computed(() => !fetched.value),
    empty: computed(() => fetched.value && items.value.length === 0),
    reload,
    more: () => get(cursor, true, limit),
  }
}
