// What the server says, in another language: the format that it says it by, as it stands in its source, and what that
// is in the language, with {1}, {2} ... for what was filled in. As in gettext the English text is the key: who writes a
// message in Go needs no list beside it, and what has no translation is shown as it came.

/** One way of saying things. */
interface Phrase {
  pattern: RegExp
  /** How many characters it says itself. */
  own: number
  words: string
}

// What Go's verbs print: numbers, quoted text, anything.
const VERB = /%(?:\.\d+)?[dqsvwf]|%%/g
const PRINTED: Record<string, string> = { d: '(-?[\\d.,]+)', f: '(-?[\\d.,]+)', q: '("(?:[^"\\\\]|\\\\.)*")' }

/** The expression that matches what a format of Go prints; each verb is a group. */
export function patternOf(format: string): RegExp {
  const literal = (s: string): string => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  let out = ''
  let from = 0
  for (const m of format.matchAll(VERB)) {
    out += literal(format.slice(from, m.index)) + (m[0] === '%%' ? '%' : (PRINTED[m[0].at(-1)!] ?? '([\\s\\S]*?)'))
    from = m.index + m[0].length
  }
  return new RegExp(`^${out}${literal(format.slice(from))}$`)
}

const KEPT = 400

/** Says texts of the server in the language of a book. */
export class Phrases {
  readonly #exact = new Map<string, string>()
  readonly #phrases: Phrase[] = []
  readonly #said = new Map<string, string>()

  constructor(book: Record<string, string>) {
    for (const [format, words] of Object.entries(book)) {
      if (format.includes('%')) this.#phrases.push({ pattern: patternOf(format), own: format.replace(VERB, '').length, words })
      else this.#exact.set(format, words)
    }
    // What says most of itself fits best.
    this.#phrases.sort((a, b) => b.own - a.own)
  }

  /** The text in the language; the same text where it isn't known. */
  say(text: string): string {
    const known = this.#exact.get(text) ?? this.#said.get(text)
    if (known !== undefined) return known
    const out = this.#find(text)
    if (this.#said.size >= KEPT) this.#said.clear()
    this.#said.set(text, out)
    return out
  }

  #find(text: string): string {
    if (text.length > 2000) return text
    for (const p of this.#phrases) {
      const m = p.pattern.exec(text)
      // What was filled in may be a phrase itself: a fault, and where it stands.
      if (m) return p.words.replace(/\{(\d)\}/g, (_, i: string) => this.#exact.get(m[Number(i)] ?? '') ?? m[Number(i)] ?? '')
    }
    return text
  }
}
