import { computed, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { rangeOf, type CellPlace, type CellRange } from './grid'

/** Which cell has the focus, and which are selected with it. Row -1 is the head. */
export interface GridSelection {
  active: ShallowRef<CellPlace | null>
  range: ComputedRef<CellRange | null>
  /** Puts the focus on a cell; `extend` selects all from where the selection began. */
  select(row: number, column: number, extend?: boolean): void
  selectAll(): void
  contains(row: number, column: number): boolean
  /** A press on a cell, and what it is dragged over. */
  onDown(e: PointerEvent): void
  /** The cell that an event came from. */
  placeOf(e: Event): CellPlace | null
}

export interface SelectionHooks {
  count(): number
  columns(): number
  /** The focus has moved. */
  moved(place: CellPlace, extend: boolean): void
  /** A cell was pressed. */
  pressed(): void
}

export function useGridSelection(hooks: SelectionHooks): GridSelection {
  const active = shallowRef<CellPlace | null>(null)
  const anchor = shallowRef<CellPlace | null>(null)
  const range = computed(() => (active.value && anchor.value ? rangeOf(active.value, anchor.value) : null))
  watch(hooks.count, (n) => {
    if (active.value && active.value.row >= n) active.value = anchor.value = null
  })

  function select(row: number, column: number, extend = false): void {
    active.value = { row, column }
    if (!extend || !anchor.value || anchor.value.row < 0) anchor.value = active.value
    hooks.moved(active.value, extend)
  }

  function placeOf(e: Event): CellPlace | null {
    const el = (e.target as HTMLElement).closest<HTMLElement>('[data-c]')
    const row = el?.closest<HTMLElement>('[data-r]')?.dataset.r
    return el && row !== undefined ? { row: Number(row), column: Number(el.dataset.c) } : null
  }

  function onDown(e: PointerEvent): void {
    const p = placeOf(e)
    if (!p || e.button !== 0) return
    hooks.pressed()
    select(p.row, p.column, e.shiftKey)
    dragged((m) => {
      const q = placeOf(m)
      if (q && (q.row !== active.value?.row || q.column !== active.value.column)) active.value = q
    })
  }

  return {
    active, range, select, onDown, placeOf,
    selectAll: () => {
      anchor.value = { row: 0, column: 0 }
      active.value = { row: hooks.count() - 1, column: hooks.columns() - 1 }
    },
    contains: (row, column) => {
      const r = range.value
      return !!r && (r.top !== r.bottom || r.left !== r.right) && row >= r.top && row <= r.bottom && column >= r.left && column <= r.right
    },
  }
}

/** Follows the pointer until it is let go. */
export function dragged(move: (e: PointerEvent) => void): void {
  window.addEventListener('pointermove', move)
  window.addEventListener('pointerup', () => window.removeEventListener('pointermove', move), { once: true })
}
