import { baseCompile } from '@intlify/message-compiler'
import type { Plugin } from 'vite'

// messages compiles src/locales/*.json when the bundle is made: the browser gets
// syntax trees, no compiler, and nothing is evaluated.
export function messages(): Plugin {
  const compile = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') {
      return baseCompile(value, {
        jit: true,
        location: false,
        onError: (e) => {
          throw new Error(`${path}: ${e.message}`)
        },
      }).ast
    }
    return Object.fromEntries(Object.entries(value as Record<string, unknown>).map(([k, v]) => [k, compile(v, `${path}.${k}`)]))
  }
  return {
    name: 'retable:messages',
    enforce: 'pre',
    transform(code, id) {
      const name = /\/locales\/(\w+)\.json$/.exec(id)?.[1]
      if (!name) return null
      return { code: JSON.stringify(compile(JSON.parse(code), name)), map: null }
    },
  }
}
