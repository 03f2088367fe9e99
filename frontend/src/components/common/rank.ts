/** Those that contain the letters of the query in order, best first: words' beginnings and runs count. */
export function rank<T>(list: T[], query: string, text: (t: T) => string): T[] {
  const q = query.trim().toLowerCase()
  if (!q) return list
  return list.map((item, i) => ({ item, i, score: score(text(item).toLowerCase(), q) })).filter((x) => x.score > 0).sort((a, b) => b.score - a.score || a.i - b.i).map((x) => x.item)
}

function score(text: string, q: string): number {
  const whole = text.indexOf(q)
  if (whole >= 0) return 1000 - whole + (whole === 0 || /[\s/_-]/.test(text[whole - 1]!) ? 500 : 0)
  let at = -1
  let sum = 0
  for (const c of q) {
    if (c === ' ') continue
    const next = text.indexOf(c, at + 1)
    if (next < 0) return 0
    sum += next === at + 1 ? 8 : next === 0 || /[\s/_-]/.test(text[next - 1]!) ? 6 : 1
    at = next
  }
  return sum
}
