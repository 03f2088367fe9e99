// Two excerpts of XML laid out alike: one element a line, indented, attributes in
// order and in double quotes, CDATA as text. What is left to differ is what was said, not how.

const TOKEN = /<!--[\s\S]*?(?:-->|$)|<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<[?!][\s\S]*?(?:>|$)|<(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^"'>])*(?:>|$)|[^<]+/g
const ATTRIBUTE = /([^\s=/>"']+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/** Beyond this the text stays as it is: laying it out takes longer than one waits for. */
const MOST = 400_000

export function tidy(xml: string): string {
  if (xml.length > MOST) return xml
  const lines: string[] = []
  const inside: { line: number; plain: boolean }[] = [] // of each open element: where it began, whether only text came since
  const put = (text: string): void => void lines.push('  '.repeat(inside.length) + text)
  const tokens = xml.match(TOKEN) ?? []
  for (const [i, raw] of tokens.entries()) {
    const open = inside.at(-1)
    const token = raw.startsWith('<![CDATA[') ? escape(raw.replace(/^<!\[CDATA\[|\]\]>$/g, '')) : raw
    if (!token.startsWith('<')) {
      const text = token.trim()
      // A text alone is a value: it stays beside its tag, to the letter.
      const value = open?.plain && lines.length - 1 === open.line && tokens[i + 1]?.startsWith('</')
      if (value && (text || !token.includes('\n'))) lines[open.line] += token
      else if (text) put(text)
    } else if (token.startsWith('</')) {
      inside.pop()
      const tag = token.replace(/\s+/g, '')
      if (open?.plain && lines.length - 1 === open.line) lines[open.line] += tag
      else put(tag)
    } else if (/^<[?!]/.test(token)) {
      if (open) open.plain = false
      put(token.trim())
    } else {
      if (open) open.plain = false
      put(tagOf(token))
      if (!token.endsWith('/>')) inside.push({ line: lines.length - 1, plain: true })
    }
  }
  return lines.join('\n')
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function tagOf(token: string): string {
  const name = /^<([^\s/>]*)/.exec(token)![1]!
  const attributes = [...token.slice(1 + name.length).matchAll(ATTRIBUTE)]
    .map(([, key, double, single]) => `${key}="${double ?? single!.replaceAll('"', '&quot;')}"`).sort()
  return `<${[name, ...attributes].join(' ')}${token.endsWith('/>') ? '/' : ''}>`
}
