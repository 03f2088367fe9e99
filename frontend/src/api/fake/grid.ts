import { Problem } from '../problem'
import type { ColumnStats, Filter, GridRow, RowsPage, Sort, ViewInfo } from '../types'
import { hash } from './dice'
import { HUGE_ROW, type FakeColumn, type FakeTable } from './tables'

// Sorting, filtering and reading pages of the computed tables.

export class FakeViews {
  #views = new Map<string, Uint32Array>()

  async create(key: string, t: FakeTable, sort: Sort[], filter: Filter[], search: string, signal?: AbortSignal): Promise<ViewInfo> {
    const id = `v${hash(textHash(key + JSON.stringify([sort, filter, search]))).toString(16)}`
    if (!this.#views.has(id)) this.#views.set(id, await vector(t, sort, filter, search, signal))
    return { view_id: id, rows: this.#views.get(id)!.length }
  }

  get(id: string): Uint32Array {
    const v = this.#views.get(id)
    if (!v) throw new Problem({ code: 'not_found', status: 404, reason: 'view_gone', detail: 'That view is not kept any more.' })
    return v
  }

  /** Forgets all, as a server that was started again would. */
  clear(): void {
    this.#views.clear()
  }
}

const textHash = (s: string): number => {
  let h = 7
  for (let i = 0; i < s.length; i++) h = (Math.imul(h, 31) + s.charCodeAt(i)) | 0
  return h
}

export function rowAt(_t: FakeTable, row: number, columns: FakeColumn[], maxCell: number): GridRow {
  const cut: number[] = []
  const cells = columns.map((c, i) => {
    const v = c.at(row)
    if (v !== null && (v.length > maxCell || (row === HUGE_ROW && c.name === 'Note'))) cut.push(i)
    return v?.slice(0, maxCell) ?? null
  })
  return cut.length ? { rid: row + 1, cells, cut } : { rid: row + 1, cells }
}

export function page(t: FakeTable, order: Uint32Array | null, offset: number, limit: number, ids: number[], maxCell: number): RowsPage {
  const columns = ids.map((id) => t.columns[id - 1]!)
  const total = order ? order.length : t.info.rows
  const rows: GridRow[] = []
  for (let i = offset; i < Math.min(total, offset + limit); i++) rows.push(rowAt(t, order ? order[i]! : i, columns, maxCell))
  return { offset, total, columns: ids, rows }
}

async function vector(t: FakeTable, sort: Sort[], filter: Filter[], search: string, signal?: AbortSignal): Promise<Uint32Array> {
  const tests = filter.map((f) => test(t, f))
  const needle = search.toLowerCase()
  const kept: number[] = []
  for (let r = 0; r < t.info.rows; r++) {
    if (r % 20_000 === 0 && r > 0) {
      await new Promise((done) => setTimeout(done))
      signal?.throwIfAborted()
    }
    if (!tests.every((fn) => fn(r))) continue
    if (needle && !t.columns.some((c) => c.at(r)?.toLowerCase().includes(needle))) continue
    kept.push(r)
  }
  for (const s of [...sort].reverse()) order(kept, column(t, s.column), s.desc ?? false)
  return Uint32Array.from(kept)
}

function order(rows: number[], c: FakeColumn, desc: boolean): void {
  const keys = new Map<number, string | number | null>()
  const numeric = isNumber(c)
  for (const r of rows) {
    const v = c.at(r)
    keys.set(r, v === null || (numeric && v === '') ? null : numeric ? Number(v) : v)
  }
  const sign = desc ? -1 : 1
  rows.sort((a, b) => {
    const x = keys.get(a)!
    const y = keys.get(b)!
    if (x === y) return 0
    if (x === null) return 1 // nulls last either way
    if (y === null) return -1
    return x < y ? -sign : sign
  })
}

const isNumber = (c: FakeColumn): boolean => c.type === 'integer' || c.type === 'number'

function column(t: FakeTable, name: string): FakeColumn {
  const c = t.columns.find((k) => k.name === name)
  if (!c) throw new Problem({ code: 'unprocessable', status: 422, detail: `Table ${t.info.name} has no column "${name}".` })
  return c
}

function test(t: FakeTable, f: Filter): (row: number) => boolean {
  if (f.column === '_rid') {
    const set = new Set((f.values ?? [f.value]).map((v) => Number(v) - 1))
    return (r) => set.has(r)
  }
  const c = column(t, f.column)
  const fold = (s: string): string => (f.fold ? s.toLowerCase() : s)
  const want = fold(f.value ?? '')
  if (isNumber(c) && ['=', '!=', '<', '<=', '>', '>='].includes(f.op) && Number.isNaN(Number(f.value))) {
    throw new Problem({ code: 'unprocessable', status: 422, detail: `Column ${c.name} holds numbers, "${f.value}" is none.`, errors: [{ field: 'filter', message: 'not a number' }] })
  }
  const compare = (v: string): number => (isNumber(c) ? Number(v) - Number(f.value) : fold(v) < want ? -1 : fold(v) > want ? 1 : 0)
  return (r) => {
    const v = c.at(r)
    switch (f.op) {
      case 'null': return v === null
      case 'not null': return v !== null
      case 'empty': return v === ''
      case '!=': return v === null || compare(v) !== 0
    }
    if (v === null) return false
    switch (f.op) {
      case '=': return compare(v) === 0
      case '<': return compare(v) < 0
      case '<=': return compare(v) <= 0
      case '>': return compare(v) > 0
      case '>=': return compare(v) >= 0
      case 'contains': return fold(v).includes(want)
      case 'starts': return fold(v).startsWith(want)
      case 'in': return (f.values ?? []).some((x) => fold(x) === fold(v))
    }
    return false
  }
}

export function stats(t: FakeTable, id: number, order: Uint32Array | null): ColumnStats {
  const c = t.columns[id - 1]!
  const rows = order ? order.length : t.info.rows
  const step = Math.max(1, Math.floor(rows / 5000))
  const counts = new Map<string, number>()
  const numbers: number[] = []
  let nulls = 0
  let empty = 0
  let longest = 0
  for (let i = 0; i < rows; i += step) {
    const v = c.at(order ? order[i]! : i)
    if (v === null) nulls += step
    else {
      if (v === '') empty += step
      longest = Math.max(longest, v.length)
      counts.set(v, (counts.get(v) ?? 0) + step)
      if (isNumber(c)) numbers.push(Number(v))
      else if (c.type === 'date' || c.type === 'datetime') numbers.push(Date.parse(v))
    }
  }
  const top = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 12).map(([value, count]) => ({ value: value.slice(0, 80), count }))
  const low = Math.min(...numbers)
  const high = Math.max(...numbers)
  const show = (n: number): string => (isNumber(c) ? (c.type === 'integer' ? String(Math.round(n)) : n.toFixed(2)) : new Date(n).toISOString().slice(0, 10))
  const bins = 20
  const histogram = numbers.length && high > low ? Array.from({ length: bins }, (_, i) => ({ from: show(low + ((high - low) * i) / bins), to: show(low + ((high - low) * (i + 1)) / bins), count: 0 })) : undefined
  if (histogram) for (const n of numbers) histogram[Math.min(bins - 1, Math.floor(((n - low) / (high - low)) * bins))]!.count += step
  const sum = numbers.reduce((a, b) => a + b, 0)
  return {
    rows, nulls, empty, distinct: counts.size > 4000 ? c.distinct : counts.size, distinct_exact: step === 1, longest, top, histogram,
    min: c.min, max: c.max, ...(isNumber(c) && numbers.length ? { mean: (sum / numbers.length).toFixed(2), sum: (sum * step).toFixed(2) } : {}),
  }
}
