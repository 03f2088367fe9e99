import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { patternOf, Phrases } from './phrases'
import book from './server.de.json'
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

// The server's sources stand beside the page's in this repository.
const goFiles = (dir: string): string[] => readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
  const path = join(dir, e.name)
  if (e.isDirectory()) return e.name === 'testdata' ? [] : goFiles(path)
  return e.name.endsWith('.go') && !e.name.endsWith('_test.go') ? [readFileSync(path, 'utf8')] : []
})
const root = join(import.meta.dirname, '../../..')
const server = ['app', 'actors', 'internal'].flatMap((d) => goFiles(join(root, d))).join('\n')
const found = (pattern: RegExp): string[] => [...new Set([...server.matchAll(pattern)].map((m) => m[1]!))].sort()
const words = new Set(keys)
const without = (list: string[], under: string): string[] => list.filter((k) => !words.has(`${under}.${k}`))

describe('what the server says', () => {
  it('has words for every code and every reason', () => {
    const codes = found(/^\t(?!Code)[A-Z]\w+ +Code = "([a-z_]+)"/gm)
    const reasons = found(/\bReason: +"([a-z_]+)"/g)
    expect([codes.length, reasons.length].every((n) => n >= 14), `${codes.length} codes, ${reasons.length} reasons`).toBe(true)
    expect(without(codes, 'error.code')).toEqual([])
    expect(without(reasons, 'error.reason')).toEqual([])
  })
  it('has words for every fault of a file', () => {
    const faults = found(/^\tCode[A-Z]\w+ +Code = "([\w-]+)"/gm)
    expect(faults.length).toBeGreaterThan(50)
    expect(without(faults, 'fault')).toEqual([])
  })
  it('is in its sources as the book has it', () => {
    // Literals that are put together there end where something is put in.
    const text = server.replace(/\\"/g, '"')
    const stale = Object.keys(book).filter((k) => !k.split(/%(?:\.\d+)?[dqsvwf]/).filter((part) => part.length > 6).every((part) => text.includes(part.replace(/%%/g, '%')) || text.includes(part)))
    expect(stale.length, `in no source of the server any more: ${stale.join(' | ')}`).toBeLessThan(Object.keys(book).length / 20)
  })
  it('is said in German, with what was filled in', () => {
    const german = new Phrases(book)
    expect(german.say('Too many requests; wait 12 s.')).toBe('Zu viele Anfragen; warten Sie 12 s.')
    expect(german.say('There is no job 7.')).toBe('Es gibt keinen Auftrag 7.')
    expect(german.say('reading: 3 of 12 files')).toBe('liest: 3 von 12 Dateien')
    expect(german.say('98.25 % alike, 12 changes')).toBe('98.25 % gleich, 12 Änderungen')
    expect(german.say('Nobody has ever said this.')).toBe('Nobody has ever said this.')
    for (const [format, said] of Object.entries(book)) {
      const filled = format.replace(/%(?:\.\d+)?([dqsvwf])/g, (_, v: string) => (v === 'q' ? '"x y"' : /[df]/.test(v) ? '12' : 'x y')).replace(/%%/g, '%')
      expect(patternOf(format).test(filled), format).toBe(true)
      expect(german.say(filled)).not.toMatch(/\{\d\}/)
      expect((said.match(/\{\d\}/g) ?? []).every((g) => Number(g[1]) <= (format.match(/%(?:\.\d+)?[dqsvwf]/g) ?? []).length), format).toBe(true)
    }
  })
})
