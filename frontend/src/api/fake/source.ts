import type { SourceExcerpt, SourceSegment, StructureNode } from '../types'
import type { FakeColumn, FakeTable } from './tables'

// Writes the XML that a row of a fake table would have come from.

interface Element {
  name: string
  attributes: { name: string; column: FakeColumn }[]
  text?: FakeColumn
  children: Element[]
}

function tree(t: FakeTable): Element {
  const root: Element = { name: t.info.path.split('/').at(-1)!, attributes: [], children: [] }
  for (const c of t.columns) {
    if (c.role === 'bookkeeping') continue
    let at = root
    for (const step of c.xpath.split('/')) {
      if (step.startsWith('@')) {
        at.attributes.push({ name: step.slice(1), column: c })
        continue
      }
      let next = at.children.find((e) => e.name === step)
      if (!next) at.children.push((next = { name: step, attributes: [], children: [] }))
      at = next
    }
    if (!c.xpath.split('/').at(-1)!.startsWith('@')) at.text = c
  }
  return root
}

const escape = (s: string): string => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

class Writer {
  readonly segments: SourceSegment[] = []
  lines = 0

  put(text: string, mark: SourceSegment['mark']): void {
    this.lines += text.split('\n').length - 1
    const last = this.segments.at(-1)
    if (last?.mark === mark) last.text += text
    else this.segments.push({ text, mark })
  }
}

function write(w: Writer, e: Element, row: number, indent: string, column: number, mark: 'none' | 'row'): void {
  const values = columnsOf(e)
  if (indent.length > 2 && values.length > 0 && values.every((c) => c.at(row) === null)) return
  w.put(`${indent}<${e.name}`, mark)
  for (const a of e.attributes) {
    const v = a.column.at(row)
    if (v === null) continue
    w.put(` ${a.name}="`, mark)
    w.put(escape(v), mark === 'row' && a.column.id === column ? 'cell' : mark)
    w.put('"', mark)
  }
  const v = e.text?.at(row) ?? null
  if (!e.children.length && v === '') return w.put('/>\n', mark)
  w.put('>', mark)
  if (v !== null) w.put(escape(v.slice(0, 400)), mark === 'row' && e.text!.id === column ? 'cell' : mark)
  if (e.children.length) {
    w.put('\n', mark)
    for (const k of e.children) write(w, k, row, indent + '  ', column, mark)
    w.put(indent, mark)
  }
  w.put(`</${e.name}>\n`, mark)
}

function columnsOf(e: Element): FakeColumn[] {
  return [...e.attributes.map((a) => a.column), ...(e.text ? [e.text] : []), ...e.children.flatMap(columnsOf)]
}

export function excerpt(t: FakeTable, rid: number, columnId: number): SourceExcerpt {
  const shape = tree(t)
  const row = rid - 1
  const w = new Writer()
  if (row > 0) write(w, shape, row - 1, '  ', 0, 'none')
  const before = w.lines
  write(w, shape, row, '  ', columnId, 'row')
  if (row + 1 < t.info.rows) write(w, shape, row + 1, '  ', 0, 'none')
  const file = t.file(row)
  const per = shape.children.length + 2
  const column = t.columns.find((c) => c.id === columnId)
  const line = 4 + row * per
  return {
    file: file.path, file_id: file.id, encoding: 'UTF-8', xpath: `${t.info.path}[${rid}]${column && column.role === 'data' ? '/' + column.xpath : ''}`,
    line, offset: 210 + row * 380, first_line: Math.max(1, line - before), segments: w.segments, truncated: false,
  }
}

/** The structure of a kind, from the tables made of it. */
export function structure(tables: FakeTable[], kind: string): StructureNode {
  const mine = tables.filter((t) => t.info.kind === kind)
  const rootName = mine[0]!.info.path.split('/')[1]!
  const root: StructureNode = { name: rootName, path: '/' + rootName, node: 'element', count: 12, max: 1, share: 1, candidate: false, record: false, children: [] }
  for (const t of mine) {
    const at = descend(root, t.info.path.split('/').slice(2), t)
    at.candidate = true
    at.record = !t.info.parent
    const add = (e: Element, to: StructureNode): void => {
      to.children ??= []
      for (const a of e.attributes) to.children.push(leaf(`@${a.name}`, to, a.column, t, 'attribute'))
      for (const k of e.children) {
        const n: StructureNode = k.text ? leaf(k.name, to, k.text, t, 'element') : { name: k.name, path: `${to.path}/${k.name}`, node: 'element', count: t.info.rows, max: 1, share: to.share / 3, candidate: false, record: false }
        if (k.text?.form === 'list') n.max = 3
        to.children.push(n)
        add(k, n)
      }
    }
    add(tree(t), at)
  }
  return root
}

function descend(from: StructureNode, steps: string[], t: FakeTable): StructureNode {
  let at = from
  for (const s of steps) {
    at.children ??= []
    let next = at.children.find((n) => n.name === s)
    if (!next) at.children.push((next = { name: s, path: `${at.path}/${s}`, node: 'element', count: t.info.rows, max: 40, share: at.share * (t.info.parent ? 0.42 : 0.97), candidate: false, record: false }))
    at = next
  }
  return at
}

function leaf(name: string, to: StructureNode, c: FakeColumn, t: FakeTable, node: 'element' | 'attribute'): StructureNode {
  return { name, path: `${to.path}/${name}`, node, count: t.info.rows - c.nulls, max: 1, share: to.share / 14, type: c.type, examples: c.examples?.slice(0, 2), candidate: false, record: false }
}
