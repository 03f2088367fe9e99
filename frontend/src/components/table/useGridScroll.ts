import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { ColumnGeometry, RowGeometry, type RowWindow } from '@/composables/useRowWindow'
import type { CellPlace, GridColumn } from './grid'

/** What of a grid is on the screen. */
export interface GridScroll {
  rows: ComputedRef<RowGeometry>
  columns: ComputedRef<ColumnGeometry>
  /** Of the head row, in pixels. */
  head: ComputedRef<number>
  gutter: ComputedRef<number>
  /** Pixels at the start that stay: the gutter and the frozen columns. */
  frozenWidth: ComputedRef<number>
  width: ComputedRef<number>
  rowWindow: ComputedRef<RowWindow>
  columnWindow: ComputedRef<{ from: number; to: number }>
  /** How many rows were ever drawn at once: rows are recycled by place, not made anew. */
  pool: Ref<number>
  scrollLeft: Ref<number>
  /** Rows that fit, less one. */
  page(): number
  rtl(): boolean
  onScroll(): void
  /** Scrolls no further than it must to show the cell. */
  reveal(p: CellPlace): void
  centre(row: number): void
  top(): number
  scrollTo(top: number): void
}

export interface GridShape {
  count: number
  columns: GridColumn[]
  frozen: number
  rowHeight: number
  gutter?: number
}

/** Follows where the host is scrolled to and how large it is; `resized` runs when that changes. */
export function useGridScroll(host: Readonly<ShallowRef<HTMLElement | null>>, shape: GridShape, resized: () => void): GridScroll {
  const scrollTop = ref(0)
  const scrollLeft = ref(0)
  const view = shallowRef({ width: 1000, height: 600 })
  const gutter = computed(() => shape.gutter ?? 64)
  const head = computed(() => shape.rowHeight + 6)
  const rows = computed(() => new RowGeometry(shape.count, shape.rowHeight))
  const columns = computed(() => new ColumnGeometry(shape.columns.map((c) => c.width)))
  const frozenWidth = computed(() => gutter.value + columns.value.offsets[Math.min(shape.frozen, shape.columns.length)]!)

  const rowWindow = computed(() => rows.value.window(scrollTop.value, Math.max(view.value.height - head.value, 100), 6))
  const columnWindow = computed(() => {
    const [from, to] = columns.value.window(scrollLeft.value + frozenWidth.value - gutter.value, Math.max(view.value.width - frozenWidth.value, 60), 1)
    return { from: Math.max(from, shape.frozen), to: Math.max(to, shape.frozen) }
  })
  const pool = ref(0)
  watch(() => rowWindow.value.to - rowWindow.value.from, (n) => (pool.value = Math.max(pool.value, n)), { immediate: true })

  let frame = 0
  function onScroll(): void {
    if (frame) return
    frame = requestAnimationFrame(() => {
      frame = 0
      if (!host.value) return
      scrollTop.value = host.value.scrollTop
      scrollLeft.value = Math.abs(host.value.scrollLeft)
    })
  }

  let observer: ResizeObserver | null = null
  onMounted(() => {
    const measure = (): void => {
      const el = host.value
      if (el?.clientHeight) view.value = { width: el.clientWidth, height: el.clientHeight }
    }
    measure()
    observer = new ResizeObserver(measure)
    observer.observe(host.value!)
  })
  onBeforeUnmount(() => {
    observer?.disconnect()
    cancelAnimationFrame(frame)
  })
  watch(view, resized)

  const rtl = (): boolean => !!host.value && getComputedStyle(host.value).direction === 'rtl'

  function reveal({ row, column }: CellPlace): void {
    const el = host.value
    if (!el) return
    if (row >= 0) el.scrollTop = rows.value.reveal(row, el.scrollTop, view.value.height - head.value)
    if (column < shape.frozen) return
    const base = frozenWidth.value - gutter.value
    const left = columns.value.offsets[column]! - base
    const right = columns.value.offsets[column + 1]! + gutter.value - view.value.width
    const sign = rtl() ? -1 : 1
    const now = Math.abs(el.scrollLeft)
    if (now > left) el.scrollLeft = sign * left
    else if (now < right) {
      // Further, to where a column begins: none is left half hidden beside the frozen ones.
      const snapped = columns.value.offsets.find((o) => o - base >= right) ?? right + base
      el.scrollLeft = sign * Math.min(snapped - base, left)
    }
  }

  return {
    rows, columns, head, gutter, frozenWidth, rowWindow, columnWindow, pool, scrollLeft, rtl, onScroll, reveal,
    width: computed(() => gutter.value + columns.value.width),
    page: () => Math.max(1, Math.floor((view.value.height - head.value) / shape.rowHeight) - 1),
    centre: (row) => {
      if (host.value) host.value.scrollTop = rows.value.centre(row, view.value.height - head.value)
    },
    top: () => host.value?.scrollTop ?? 0,
    scrollTo: (top) => {
      if (host.value) host.value.scrollTop = top
    },
  }
}
