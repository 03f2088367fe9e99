import type { CellPlace } from './grid'
import type { GridScroll } from './useGridScroll'
import type { GridSelection } from './useGridSelection'

export interface KeyHooks {
  /** Keys of what stands within the grid are its own. */
  host(): HTMLElement | null
  count(): number
  columns(): number
  open(place: CellPlace): void
  sort(column: number): void
  copy(): boolean
  menu(column: number, e: Event): void
}

/** Walks the cells of a grid by keys, as a spreadsheet does. */
export function useGridKeys(selection: GridSelection, scroll: GridScroll, hooks: KeyHooks): (e: KeyboardEvent) => void {
  return (e) => {
    if (e.target !== hooks.host()) return
    const mod = e.ctrlKey || e.metaKey
    const active = selection.active.value
    const at = active ?? { row: 0, column: 0 }
    const last = { row: hooks.count() - 1, column: hooks.columns() - 1 }
    const forward = scroll.rtl() ? -1 : 1
    const go = (row: number, column: number): void => {
      e.preventDefault()
      if (!active && !mod) return selection.select(0, 0) // the first step only enters
      selection.select(Math.max(e.shiftKey ? 0 : -1, Math.min(row, last.row)), Math.max(0, Math.min(column, last.column)), e.shiftKey)
    }
    const sideways = (by: number): void => go(at.row, mod ? (by > 0 ? last.column : 0) : at.column + by)
    switch (e.key) {
      case 'ArrowDown': return e.altKey ? hooks.menu(at.column, e) : go(mod ? last.row : at.row + 1, at.column)
      case 'ArrowUp': return go(mod ? 0 : at.row - 1, at.column)
      case 'ArrowLeft': return sideways(-forward)
      case 'ArrowRight': return sideways(forward)
      case 'PageDown': return go(at.row + scroll.page(), at.column)
      case 'PageUp': return go(Math.max(0, at.row - scroll.page()), at.column)
      case 'Home': return go(mod ? 0 : at.row, 0)
      case 'End': return go(mod ? last.row : at.row, last.column)
      case 'ContextMenu': return hooks.menu(at.column, e)
      case 'Enter':
      case ' ':
        if (!active) return
        e.preventDefault()
        return at.row < 0 ? hooks.sort(at.column) : hooks.open(at)
      case 'a':
        if (!mod) return
        e.preventDefault()
        return selection.selectAll()
      case 'c':
        if (mod && hooks.copy()) e.preventDefault()
    }
  }
}
