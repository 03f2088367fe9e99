// Deterministic chance: the same numbers always give the same values.

/** A 32-bit hash of up to three integers. */
export function hash(a: number, b = 0, c = 0): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x165667b1, 0xc2b2ae35) ^ Math.imul(c + 0x27d4eb2f, 0x2545f491)
  h ^= h >>> 15
  h = Math.imul(h, 0x2c1b3c6d)
  h ^= h >>> 12
  h = Math.imul(h, 0x297a2d39)
  return (h ^ (h >>> 15)) >>> 0
}

export const pick = <T>(list: readonly T[], h: number): T => list[h % list.length]!

export function hex(seed: number, length: number): string {
  let s = ''
  for (let i = 0; s.length < length; i++) s += hash(seed, i).toString(16).padStart(8, '0')
  return s.slice(0, length)
}

/** Looks like a UUIDv7. */
export const uuid = (seed: number): string => `01939f${hex(seed, 2)}-${hex(seed + 1, 4)}-7${hex(seed + 2, 3)}-a${hex(seed + 3, 3)}-${hex(seed + 4, 12)}`

export const day = (n: number): string => new Date(Date.UTC(2019, 0, 1) + n * 86_400_000).toISOString().slice(0, 10)
