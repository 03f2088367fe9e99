import { computed, ref, shallowRef, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref, type ShallowRef } from 'vue'
import { useClient } from '@/api'
import { asProblem, isAbort, type Problem } from '@/api/problem'
import type { ColumnInfo, Filter, GridRow, Sort, TableInfo } from '@/api/types'
import { useEvents } from './useEvents'
import { PAGE_ROWS, usePages, type PagesHandle } from './usePages'

/** Columns per page: of a wide table only the blocks on the screen are fetched. */
const BLOCK = 40

export interface TableView {
  sort: Sort[]
  filter: Filter[]
  search: string
}

export interface TableHandle {
  columns: ShallowRef<ColumnInfo[]>
  /** Columns are being fetched, or why they could not be. */
  state: Ref<'loading' | 'ready' | 'failed'>
  problem: ShallowRef<Problem | null>
  view: ShallowRef<TableView>
  /** A view is being built. */
  building: Ref<boolean>
  viewProblem: ShallowRef<Problem | null>
  viewId: Ref<string>
  count: Ref<number>
  pages: PagesHandle<GridRow>
  plain: ComputedRef<boolean>
  /** undefined: not fetched yet. */
  value(row: number, columnId: number): string | null | undefined
  isCut(row: number, columnId: number): boolean
  rid(row: number): number | undefined
  want(from: number, to: number, columnIds: number[]): void
  all(from: number, to: number, columnIds: number[], signal?: AbortSignal): Promise<void>
  position(rid: number): Promise<number>
  stop(): void
  reload(): void
}

/** The rows of a table under a view: order, filters, search. */
export function useTable(sessionId: MaybeRefOrGetter<string>, table: MaybeRefOrGetter<TableInfo>): TableHandle {
  const client = useClient()
  const columns = shallowRef<ColumnInfo[]>([])
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const problem = shallowRef<Problem | null>(null)
  const view = shallowRef<TableView>({ sort: [], filter: [], search: '' })
  const building = ref(false)
  const viewProblem = shallowRef<Problem | null>(null)
  const viewId = ref('')
  const count = ref(toValue(table).rows)
  const plain = computed(() => !view.value.sort.length && !view.value.filter.length && !view.value.search)
  let build: AbortController | null = null

  const ref_ = (): { session_id: string; table_id: number } => ({ session_id: toValue(sessionId), table_id: toValue(table).id })
  const blockOf = (columnId: number): number => Math.floor((columnId - 1) / BLOCK)
  const idsOf = (block: number): number[] => columns.value.slice(block * BLOCK, (block + 1) * BLOCK).map((c) => c.id)

  const pages = usePages<GridRow>(async (offset, limit, block, signal) => {
    const one = columns.value.length <= BLOCK
    const ask = async (): Promise<GridRow[]> =>
      (await client.call('getRows', { ...ref_(), offset, limit, ...(viewId.value ? { view: viewId.value } : {}), ...(one ? {} : { columns: idsOf(block).join(',') }) }, { signal })).rows
    try {
      return await ask()
    } catch (e) {
      // The server forgot the view (it was started again): it is made anew, once.
      if (asProblem(e).reason !== 'view_gone') throw e
      await makeView(signal)
      return ask()
    }
  })

  async function makeView(signal: AbortSignal): Promise<void> {
    const made = await client.call('createView', { ...ref_(), sort: view.value.sort, filter: view.value.filter, search: view.value.search }, { signal })
    signal.throwIfAborted()
    viewId.value = made.view_id
    count.value = made.rows
  }

  async function rebuild(): Promise<void> {
    build?.abort()
    viewProblem.value = null
    if (plain.value) {
      building.value = false
      viewId.value = ''
      count.value = toValue(table).rows
      pages.reset()
      return
    }
    const mine = (build = new AbortController())
    building.value = true
    try {
      await makeView(mine.signal)
      pages.reset()
    } catch (e) {
      if (!mine.signal.aborted && !isAbort(e)) viewProblem.value = asProblem(e)
    } finally {
      if (build === mine) building.value = false
    }
  }

  async function loadColumns(): Promise<void> {
    state.value = 'loading'
    problem.value = null
    const id = toValue(table).id
    try {
      const got = await client.call('listColumns', ref_())
      if (id !== toValue(table).id) return
      columns.value = got.columns
      state.value = 'ready'
    } catch (e) {
      problem.value = asProblem(e)
      state.value = 'failed'
    }
  }

  watch(() => `${toValue(sessionId)}/${toValue(table).id}`, () => {
    columns.value = []
    viewId.value = ''
    count.value = toValue(table).rows
    pages.reset()
    if (!plain.value) view.value = { sort: [], filter: [], search: '' }
    void loadColumns()
  }, { immediate: true })
  watch(view, () => void rebuild())
  useEvents([], () => {
    if (problem.value?.passing) void loadColumns()
    if (viewProblem.value?.passing) void rebuild()
  })

  const at = (row: number, columnId: number): [GridRow | undefined, number] => {
    const block = columns.value.length <= BLOCK ? 0 : blockOf(columnId)
    return [pages.get(row, block), columnId - 1 - block * BLOCK]
  }
  const blocks = (ids: number[]): number[] => (columns.value.length <= BLOCK ? [0] : [...new Set(ids.map(blockOf))])

  return {
    columns, state, problem, view, building, viewProblem, viewId, count, pages, plain,
    value(row, columnId) {
      const [r, i] = at(row, columnId)
      return r ? (r.cells[i] ?? null) : undefined
    },
    isCut(row, columnId) {
      const [r, i] = at(row, columnId)
      return r?.cut?.includes(i) ?? false
    },
    rid(row) {
      for (let b = 0; b * BLOCK < Math.max(1, columns.value.length); b++) {
        const r = pages.get(row, b)
        if (r) return r.rid
      }
      return viewId.value ? undefined : row + 1
    },
    want: (from, to, ids) => {
      if (columns.value.length) pages.want(from, Math.min(to, count.value), blocks(ids))
    },
    all: (from, to, ids, signal) => pages.all(from, to, blocks(ids), signal),
    position: async (rid) => (viewId.value ? (await client.call('getPosition', { ...ref_(), rid, view: viewId.value })).position : rid - 1),
    stop: () => {
      build?.abort()
      building.value = false
    },
    reload: () => void loadColumns(),
  }
}

export { PAGE_ROWS }
