import type { SourceSegment } from '@/api/types'

// Colours for XML, over segments whose borders may fall anywhere.

export interface Piece {
  text: string
  kind: 'text' | 'tag' | 'attr' | 'value' | 'comment'
  mark: SourceSegment['mark']
}

// Sticky, and without a look ahead over runs of any length: an excerpt may be one
// text of 64 KiB.
const OPEN = /<[?!/]?[^\s/>]*/y
const WITHIN = /[?/]?>|"[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s=<>"'/?]+|[\s\S]/y

export function paint(segments: SourceSegment[]): Piece[] {
  const text = segments.map((s) => s.text).join('')
  const kinds: [end: number, kind: Piece['kind']][] = []
  let inTag = false
  for (let at = 0; at < text.length; ) {
    const [end, kind, within] = token(text, at, inTag)
    const last = kinds.at(-1)
    if (last && last[1] === kind) last[0] = end
    else kinds.push([end, kind])
    at = end
    inTag = within
  }
  return cut(segments, kinds)
}

/** What begins at a place: its end, its kind, and whether a tag goes on after it. */
function token(text: string, at: number, inTag: boolean): [end: number, kind: Piece['kind'], inTag: boolean] {
  if (text[at] === '<') {
    if (text.startsWith('<!--', at)) return [after(text, '-->', at + 4), 'comment', false]
    if (text.startsWith('<![CDATA[', at)) return [after(text, ']]>', at + 9), 'text', false]
    return [match(OPEN, text, at).length + at, 'tag', true]
  }
  if (!inTag) return [before(text, '<', at), 'text', false]
  const s = match(WITHIN, text, at)
  if (s.endsWith('>')) return [at + s.length, 'tag', false]
  return [at + s.length, /^["']/.test(s) ? 'value' : /^[\s=]$/.test(s) ? 'text' : 'attr', true]
}

function match(form: RegExp, text: string, at: number): string {
  form.lastIndex = at
  return form.exec(text)![0]
}
function after(text: string, word: string, from: number): number {
  const i = text.indexOf(word, from)
  return i < 0 ? text.length : i + word.length
}
function before(text: string, word: string, from: number): number {
  const i = text.indexOf(word, from)
  return i < 0 ? text.length : i
}

function cut(segments: SourceSegment[], kinds: [number, Piece['kind']][]): Piece[] {
  const out: Piece[] = []
  let at = 0
  let k = 0
  for (const s of segments) {
    let rest = s.text
    while (rest) {
      const [end, kind] = kinds[k] ?? [Infinity, 'text' as const]
      const n = Math.min(rest.length, end - at)
      if (n > 0) out.push({ text: rest.slice(0, n), kind, mark: s.mark })
      rest = rest.slice(n)
      at += n
      if (at >= end) k++
    }
  }
  return out
}
