import type { SourceSegment } from '@/api/types'

// Colours for XML, over segments whose borders may fall anywhere.

export interface Piece {
  text: string
  kind: 'text' | 'tag' | 'attr' | 'value' | 'comment'
  mark: SourceSegment['mark']
}

const TOKEN = /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<[?!/]?[^\s/>]*|[?/]?>|[^\s=<>"']+(?=\s*=)|"[^"]*(?:"|$)|'[^']*(?:'|$)|[^<>]/g

export function paint(segments: SourceSegment[]): Piece[] {
  const text = segments.map((s) => s.text).join('')
  const kinds: [end: number, kind: Piece['kind']][] = []
  let inTag = false
  TOKEN.lastIndex = 0
  for (let m = TOKEN.exec(text); m; m = TOKEN.exec(text)) {
    const s = m[0]
    let kind: Piece['kind'] = 'text'
    if (s.startsWith('<!--')) kind = 'comment'
    else if (s.startsWith('<![CDATA[')) kind = 'text'
    else if (s.startsWith('<')) {
      kind = 'tag'
      inTag = true
    } else if (/^[?/]?>$/.test(s)) {
      kind = 'tag'
      inTag = false
    } else if (inTag) kind = /^["']/.test(s) ? 'value' : s === '=' || /^\s$/.test(s) ? 'text' : 'attr'
    else if (s.length > 1 && !inTag) {
      // What looked like an attribute or a quote was text.
      TOKEN.lastIndex = m.index + 1
    }
    const end = TOKEN.lastIndex
    const last = kinds.at(-1)
    if (last && last[1] === kind) last[0] = end
    else kinds.push([end, kind])
  }
  return cut(segments, kinds)
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
