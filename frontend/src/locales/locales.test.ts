import { describe, expect, it } from 'vitest'
import de from './de.json'
import en from './en.json'

const sources = Object.values(import.meta.glob<string>(['../**/*.{vue,ts}', '!../**/*.test.ts', '!../api/fake/**'], { query: '?raw', import: 'default', eager: true })).join('\n')
// Messages may have been compiled to trees: { type, body } or { t, b }.
const compiled = (v: object): boolean => ('type' in v && 'body' in v) || ('t' in v && 'b' in v)
const keysOf = (o: object, path = ''): string[] => Object.entries(o).flatMap(([k, v]) => (typeof v === 'object' && v !== null && !compiled(v as object) ? keysOf(v as object, `${path}${k}.`) : [path + k]))
const keys = keysOf(en)

describe('messages', () => {
  it('exist in both languages', () => {
    expect(keysOf(de).sort()).toEqual([...keys].sort())
  })
  it('are all used', () => {
    const literal = new Set([...sources.matchAll(/['"`]([a-z][\w-]*(?:\.[\w-]+)+)['"`]/gi)].map((m) => m[1]!))
    const patterns = [...new Set([...sources.matchAll(/`([a-z][\w.-]*\.(?:[\w-]*)\$\{[^`]*)`/gi)].map((m) => m[1]!))]
      .map((p) => new RegExp(`^${p.split(/\$\{[^}]*\}/).map((x) => x.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\w.-]+')}$`))
    expect(keys.filter((k) => !literal.has(k) && !patterns.some((p) => p.test(k)))).toEqual([])
  })
  it('that are asked for exist', () => {
    const asked = [...sources.matchAll(/\bt\(\s*'([^'$]+)'/g)].map((m) => m[1]!)
    const known = new Set(keys)
    expect(asked.length).toBeGreaterThan(300)
    expect([...new Set(asked)].filter((k) => !known.has(k))).toEqual([])
  })
})
