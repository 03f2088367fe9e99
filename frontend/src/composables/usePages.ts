import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asProblem, isAbort, type Problem } from '@/api/problem'
import { useEvents } from './useEvents'

// Pages of rows, fetched when they come into view, forgotten when long unseen, so
// that memory stays flat however far one scrolls. Wide tables are cut into blocks
// of columns too: a page is (block, number).

export const PAGE_ROWS = 100
const KEEP = 120
const PARALLEL = 4

export interface PagesHandle<T> {
  /** Grows with each page that arrives: what draws rows depends on it. */
  version: Ref<number>
  problem: ShallowRef<Problem | null>
  pending: Ref<boolean>
  get(row: number, block?: number): T | undefined
  /** Says what is on the screen: fetches what is missing, aborts what isn't seen any more. */
  want(from: number, to: number, blocks?: number[]): void
  /** Rows for an export or a copy, fetched if need be. */
  all(from: number, to: number, blocks: number[], signal?: AbortSignal): Promise<void>
  /** Forgets everything: other rows, other order. */
  reset(): void
  retry(): void
  size(): number
}

export function usePages<T>(fetch: (offset: number, limit: number, block: number, signal: AbortSignal) => Promise<T[]>, delay = 60): PagesHandle<T> {
  const pages = new Map<string, T[]>()
  const running = new Map<string, AbortController>()
  const version = ref(0)
  const pending = ref(false)
  const problem = shallowRef<Problem | null>(null)
  let wanted: string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let generation = 0

  const keyOf = (block: number, page: number): string => `${block}:${page}`

  function get(row: number, block = 0): T | undefined {
    return pages.get(keyOf(block, Math.floor(row / PAGE_ROWS)))?.[row % PAGE_ROWS]
  }

  function keys(from: number, to: number, blocks: number[]): string[] {
    const out: string[] = []
    for (let p = Math.floor(from / PAGE_ROWS); p * PAGE_ROWS < to; p++) for (const b of blocks) out.push(keyOf(b, p))
    return out
  }

  function want(from: number, to: number, blocks: number[] = [0]): void {
    wanted = keys(from, to, blocks)
    for (const k of wanted) touch(k)
    for (const [k, c] of running) if (!wanted.includes(k)) c.abort()
    if (wanted.every((k) => pages.has(k) || running.has(k))) return
    // Nothing is asked for pages that only fly by.
    clearTimeout(timer)
    timer = setTimeout(pump, delay)
  }

  function touch(k: string): void {
    const page = pages.get(k)
    if (!page) return
    pages.delete(k)
    pages.set(k, page)
  }

  function pump(): void {
    for (const k of wanted) {
      if (running.size >= PARALLEL) return
      if (!pages.has(k) && !running.has(k)) void load(k)
    }
  }

  async function load(k: string, outer?: AbortSignal): Promise<void> {
    const control = new AbortController()
    const mine = generation
    running.set(k, control)
    pending.value = true
    const [block, page] = k.split(':').map(Number) as [number, number]
    try {
      const signal = outer ? AbortSignal.any([outer, control.signal]) : control.signal
      const rows = await fetch(page * PAGE_ROWS, PAGE_ROWS, block, signal)
      if (mine !== generation || control.signal.aborted) return
      pages.set(k, rows)
      for (const old of pages.keys()) {
        if (pages.size <= KEEP) break
        if (!wanted.includes(old)) pages.delete(old)
      }
      problem.value = null
      version.value++
    } catch (e) {
      if (mine === generation && !isAbort(e) && !control.signal.aborted) problem.value = asProblem(e)
      if (outer) throw e
    } finally {
      if (running.get(k) === control) running.delete(k)
      pending.value = running.size > 0
      if (mine === generation && !problem.value) pump()
    }
  }

  async function all(from: number, to: number, blocks: number[], signal?: AbortSignal): Promise<void> {
    for (const k of keys(from, to, blocks)) {
      signal?.throwIfAborted()
      if (!pages.has(k)) await load(k, signal ?? new AbortController().signal)
    }
  }

  function reset(): void {
    generation++
    clearTimeout(timer)
    for (const c of running.values()) c.abort()
    running.clear()
    pages.clear()
    wanted = []
    problem.value = null
    version.value++
  }

  function retry(): void {
    problem.value = null
    pump()
  }

  useEvents([], () => {
    if (problem.value?.passing) retry()
  })
  onScopeDispose(reset)
  return { version, problem, pending, get, want, all, reset, retry, size: () => pages.size }
}
