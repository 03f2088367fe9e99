import { Problem } from '../problem'
import type { ComparisonSummary, DiffCounts, DiffPage, DiffRow, DiffTable, FilePair, RowOp, SummaryTable } from '../types'
import { hash } from './dice'
import type { FakeTable } from './tables'

// A difference of which every row can be computed on its own: in each block of
// `every` rows one is a change.

export class FakeDiff {
  readonly rows: number
  readonly changes: number
  readonly every: number
  readonly table: FakeTable
  readonly seed: number
  readonly key: string[]

  constructor(table: FakeTable, every: number, seed: number, key: string[]) {
    this.table = table
    this.every = every
    this.seed = seed
    this.key = key
    this.rows = table.info.rows
    this.changes = every > 0 ? Math.floor(this.rows / every) : 0
  }

  place(change: number): number {
    return change * this.every + (hash(change, this.seed) % this.every)
  }

  op(row: number): RowOp {
    if (this.every === 0) return 'same'
    const block = Math.floor(row / this.every)
    if (block >= this.changes || this.place(block) !== row) return 'same'
    const h = hash(block, this.seed, 5) % 100
    return h < 76 ? 'changed' : h < 86 ? 'added' : h < 94 ? 'removed' : h < 97 ? 'moved' : 'format_only'
  }

  changed(row: number): Set<number> {
    const data = this.table.columns.filter((c) => !this.key.includes(c.name) && c.role === 'data')
    const n = 1 + (hash(row, this.seed, 9) % 2)
    return new Set(Array.from({ length: n }, (_, i) => data[hash(row, i, this.seed) % data.length]!.id))
  }

  row(row: number): DiffRow {
    const op = this.op(row)
    const cells = this.table.columns.map((c) => c.at(row)?.slice(0, 500) ?? null)
    const file = this.table.file(row).path
    if (op === 'same') return { op, rid_a: row + 1, rid_b: row + 1, file_b: file, new: cells, marks: '.'.repeat(cells.length) }
    if (op === 'added') return { op, rid_b: row + 1, file_b: file, new: cells, marks: 'a'.repeat(cells.length) }
    if (op === 'removed') return { op, rid_a: row + 1, file_a: file, old: cells, marks: 'r'.repeat(cells.length) }
    const hit = op === 'moved' ? new Set<number>() : this.changed(row)
    const mark = op === 'format_only' ? 'f' : 'c'
    const old = this.table.columns.map((c, i) => (hit.has(c.id) ? this.#before(c.type, cells[i]!, row, op) : cells[i]!))
    return { op, rid_a: row + 1, rid_b: row + 1, file_a: file, file_b: file, old, new: cells, marks: this.table.columns.map((c) => (hit.has(c.id) ? mark : '.')).join('') }
  }

  #before(type: string, v: string | null, row: number, op: RowOp): string | null {
    if (op === 'format_only') return v === null ? '' : type === 'number' ? v + '0' : v.toUpperCase() === v ? v.toLowerCase() : v.toUpperCase()
    if (v === null) return 'n/a'
    if (hash(row, 77) % 9 === 0) return null
    if (type === 'integer') return String(Number(v) + 1 + (hash(row, 78) % 9))
    if (type === 'number') return (Number(v) * (1 + ((hash(row, 79) % 40) - 20) / 100) + 0.01).toFixed(2)
    if (type === 'date') return v.replace(/\d\d$/, (d) => (d === '01' ? '02' : '01'))
    return hash(row, 80) % 2 ? v.replace(/.$/, '') : `${v} (old)`
  }

  /** Row numbers of a listing; null is "all rows". */
  listing(onlyChanges: boolean, ops: string[], column: string, search: string): Uint32Array | null {
    if (!onlyChanges && !ops.length && !column && !search) return null
    const id = this.table.columns.find((c) => c.name === column)?.id
    if (column && !id) throw new Problem({ code: 'unprocessable', status: 422, detail: `Neither side has a column "${column}".` })
    const needle = search.toLowerCase()
    const out: number[] = []
    const take = (r: number): void => {
      const op = this.op(r)
      if (ops.length && !ops.includes(op)) return
      if (id && !((op === 'changed' || op === 'format_only') && this.changed(r).has(id))) return
      if (needle && !this.table.columns.some((c) => c.at(r)?.toLowerCase().includes(needle))) return
      out.push(r)
    }
    if (onlyChanges || id) for (let k = 0; k < this.changes; k++) take(this.place(k))
    else for (let r = 0; r < this.rows; r++) take(r)
    return Uint32Array.from(out)
  }

  page(listing: Uint32Array | null, offset: number, limit: number): DiffPage {
    const total = listing ? listing.length : this.rows
    const rows: DiffRow[] = []
    for (let i = offset; i < Math.min(total, offset + limit); i++) rows.push(this.row(listing ? listing[i]! : i))
    return { offset, total, rows }
  }

  find(listing: Uint32Array | null, from: number, direction: 'next' | 'previous'): number {
    const step = direction === 'next' ? 1 : -1
    const total = listing ? listing.length : this.rows
    for (let i = from + step; i >= 0 && i < total; i += step) if (this.op(listing ? listing[i]! : i) !== 'same') return i
    throw new Problem({ code: 'not_found', status: 404, detail: 'There is no further change in that direction.' })
  }

  counts(): DiffCounts {
    const n = { changed: 0, added: 0, removed: 0, moved: 0, format_only: 0, same: 0 }
    for (let k = 0; k < this.changes; k++) n[this.op(this.place(k))]++
    return {
      rows_matched: this.rows - n.added - n.removed, rows_changed: n.changed, rows_moved: n.moved, rows_added: n.added, rows_removed: n.removed,
      rows_format_only: n.format_only, cells_changed: Math.round(n.changed * 1.5), cells_format_only: Math.round(n.format_only * 1.5),
    }
  }
}

export function summaryTable(d: FakeDiff): SummaryTable {
  const counts = d.counts()
  const total = 2 * d.rows
  const lost = { removed_rows: counts.rows_removed / total, added_rows: counts.rows_added / total, removed_columns: 0, added_columns: 0, changed_cells: counts.cells_changed / (d.rows * d.table.columns.length) }
  const similarity = 1 - Object.values(lost).reduce((a, b) => a + b, 0)
  const per = new Map<number, number>()
  for (let k = 0; k < Math.min(d.changes, 4000); k++) {
    const row = d.place(k)
    if (d.op(row) === 'changed') for (const id of d.changed(row)) per.set(id, (per.get(id) ?? 0) + 1)
  }
  const scale = d.changes > 4000 ? d.changes / 4000 : 1
  return {
    name: d.table.info.name, kind: d.table.info.kind, same: d.changes === 0, similarity, waterfall: lost, ...counts,
    key: { columns: d.key, scope: 'table', why: d.key.length ? `${d.key.join(' + ')} is unique on both sides and the rows it matches agree` : 'no column is unique on both sides: rows were matched by likeness' },
    columns: d.table.columns.filter((c) => per.has(c.id)).map((c) => ({ left: c.name, right: c.name, how: 'exact' as const, left_type: c.type, right_type: c.type, cells_changed: Math.round(per.get(c.id)! * scale) })),
  }
}

export function diffTable(d: FakeDiff, number: number, s: SummaryTable): DiffTable {
  return {
    ...s, number, left_table_id: d.table.info.id, right_table_id: d.table.info.id,
    grid_columns: d.table.columns.map((c) => ({ left: c.name, right: c.name, how: 'exact', type: c.type, key: d.key.includes(c.name), cells_changed: s.columns.find((x) => x.left === c.name)?.cells_changed ?? 0 })),
    candidates: [
      { columns: d.key, scope: 'table', score: 0.94, unique: 1, overlap: 0.97 },
      { columns: [d.table.columns[1]!.name, d.table.columns[2]!.name], scope: 'table', score: 0.61, unique: 0.98, overlap: 0.93, refused: 'not unique on the right side' },
      { columns: [d.table.columns[3]!.name], scope: 'table', score: 0.42, unique: 0.71, overlap: 0.88, refused: 'too many duplicates' },
    ],
  }
}

export function summary(diffs: FakeDiff[], left: string, right: string, pairs: FilePair[]): ComparisonSummary {
  const tables = diffs.map(summaryTable)
  const rows = diffs.reduce((n, d) => n + d.rows * d.table.columns.length, 0)
  const pooled = (pick: (t: SummaryTable) => number): number => tables.reduce((n, t, i) => n + pick(t) * ((diffs[i]!.rows * diffs[i]!.table.columns.length) / rows), 0)
  const sum = (pick: (t: SummaryTable) => number): number => tables.reduce((n, t) => n + pick(t), 0)
  const similarity = pooled((t) => t.similarity)
  return {
    left: { name: left, form: 'zip', files: pairs.filter((p) => p.left).length, tables: tables.length },
    right: { name: right, form: 'zip', files: pairs.filter((p) => p.right).length, tables: tables.length, problems: [] },
    retable: 'comparison-summary/1', options: [], same: false, certain: true, similarity, similarity_exact: `${Math.round(similarity * 1e9)}/1000000000`, mean_similarity_of_files: similarity * 0.987,
    waterfall: {
      removed_rows: pooled((t) => t.waterfall.removed_rows), added_rows: pooled((t) => t.waterfall.added_rows), removed_columns: pooled((t) => t.waterfall.removed_columns),
      added_columns: pooled((t) => t.waterfall.added_columns), changed_cells: pooled((t) => t.waterfall.changed_cells),
    },
    totals: {
      files_paired: pairs.filter((p) => p.left && p.right).length, files_same: pairs.filter((p) => p.same).length, files_renamed: pairs.filter((p) => p.left && p.right && p.left !== p.right).length,
      files_added: pairs.filter((p) => !p.left).length, files_removed: pairs.filter((p) => !p.right).length, tables_paired: tables.length, tables_same: tables.filter((t) => t.same).length,
      tables_added: 0, tables_removed: 0, columns_renamed: 0, columns_added: 0, columns_removed: 0,
      rows_matched: sum((t) => t.rows_matched), rows_changed: sum((t) => t.rows_changed), rows_moved: sum((t) => t.rows_moved), rows_added: sum((t) => t.rows_added), rows_removed: sum((t) => t.rows_removed),
      rows_format_only: sum((t) => t.rows_format_only), cells_changed: sum((t) => t.cells_changed), cells_format_only: sum((t) => t.cells_format_only),
    },
    files: pairs, tables,
  }
}
