// The little Markdown that answers are written in, as data: nothing of it ever
// becomes HTML by itself. Marks [n] lead to citations.

export type Inline = { kind: 'text' | 'strong' | 'code'; text: string } | { kind: 'cite'; n: number }

export type Block = { kind: 'p'; parts: Inline[] } | { kind: 'list'; ordered: boolean; items: Inline[][] } | { kind: 'table'; head: Inline[][]; right: boolean[]; rows: Inline[][][] } | { kind: 'code'; text: string }

const INLINE = /\*\*([^*]+)\*\*|`([^`]+)`|\[(\d{1,3})\]/g

export function inline(text: string): Inline[] {
  const out: Inline[] = []
  let at = 0
  for (const m of text.matchAll(INLINE)) {
    if (m.index > at) out.push({ kind: 'text', text: text.slice(at, m.index) })
    if (m[1] !== undefined) {
      // Marks may stand within bold text.
      for (const p of inline(m[1])) out.push(p.kind === 'text' ? { kind: 'strong', text: p.text } : p)
    } else if (m[2] !== undefined) out.push({ kind: 'code', text: m[2] })
    else out.push({ kind: 'cite', n: Number(m[3]) })
    at = m.index + m[0].length
  }
  if (at < text.length) out.push({ kind: 'text', text: text.slice(at) })
  return out
}

const cells = (line: string): Inline[][] => line.trim().replace(/^\||\|$/g, '').split('|').map((c) => inline(c.trim()))

export function markdown(source: string): Block[] {
  const out: Block[] = []
  const lines = source.split('\n')
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!
    if (!line.trim()) {
      i++
    } else if (line.startsWith('```')) {
      const body: string[] = []
      for (i++; i < lines.length && !lines[i]!.startsWith('```'); i++) body.push(lines[i]!)
      i++
      out.push({ kind: 'code', text: body.join('\n') })
    } else if (/^\s*([-*]|\d+\.)\s+/.test(line)) {
      const ordered = /^\s*\d/.test(line)
      const items: Inline[][] = []
      for (; i < lines.length && /^\s*([-*]|\d+\.)\s+/.test(lines[i]!); i++) items.push(inline(lines[i]!.replace(/^\s*([-*]|\d+\.)\s+/, '')))
      out.push({ kind: 'list', ordered, items })
    } else if (line.includes('|') && /^[\s|:-]+$/.test(lines[i + 1] ?? '') && lines[i + 1]!.includes('-')) {
      const head = cells(line)
      const right = lines[i + 1]!.trim().replace(/^\||\|$/g, '').split('|').map((c) => /^-+:$/.test(c.trim()))
      const rows: Inline[][][] = []
      for (i += 2; i < lines.length && lines[i]!.includes('|'); i++) rows.push(cells(lines[i]!))
      out.push({ kind: 'table', head, right, rows })
    } else {
      const text: string[] = []
      for (; i < lines.length && lines[i]!.trim() && !/^\s*([-*]|\d+\.)\s+|^```/.test(lines[i]!); i++) text.push(lines[i]!.replace(/^#{1,6}\s+/, ''))
      out.push({ kind: 'p', parts: inline(text.join(' ')) })
    }
  }
  return out
}
