import type { ColumnType } from '@/api/types'

export interface GridColumn {
  key: string
  label: string
  /** Shown before the last step of the label, faintly. */
  prefix: string
  width: number
  type: ColumnType
  sort?: 'asc' | 'desc' | null
  filtered?: boolean
  badge?: string
  tone?: 'key' | 'added' | 'removed' | ''
}

/** What a cell shows. undefined as text: not fetched yet. */
export interface CellView {
  text: string | undefined
  cls?: string
  /** The value before, of a changed cell. */
  old?: string
  oldCls?: string
}

export interface CellPlace {
  row: number
  column: number
}

export interface CellRange {
  top: number
  bottom: number
  left: number
  right: number
}

export const rangeOf = (a: CellPlace, b: CellPlace): CellRange => ({
  top: Math.min(a.row, b.row), bottom: Math.max(a.row, b.row), left: Math.min(a.column, b.column), right: Math.max(a.column, b.column),
})

/** "Ship/City" as ["Ship/", "City"]. */
export function splitHeader(name: string): [prefix: string, last: string] {
  const at = name.lastIndexOf('/')
  return at < 0 ? ['', name] : [name.slice(0, at + 1), name.slice(at + 1)]
}

export function widthFor(c: { name: string; type: ColumnType; longest?: number }): number {
  const value = Math.min(c.longest ?? 12, 34) * 7.9 + 26
  const header = c.name.length * 8 + 62
  return Math.round(Math.max(76, Math.min(Math.max(value, Math.min(header, 190)), 280)))
}

/** Cells as spreadsheets take them from the clipboard. */
export function toTSV(rows: (string | null)[][]): string {
  const cell = (v: string | null): string => (v === null ? '' : /[\t\n\r"]/.test(v) ? `"${v.replace(/"/g, '""')}"` : v)
  return rows.map((r) => r.map(cell).join('\t')).join('\n')
}
