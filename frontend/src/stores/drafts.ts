import { defineStore } from 'pinia'
import type { ConvertOptions, RecipeBody } from '@/api/types'

/** Choices of a conversion that wasn't started yet. */
export interface ConversionDraft {
  kind: string
  options: ConvertOptions
  recipes: Map<string, RecipeBody>
  past: Map<string, RecipeBody>[]
}

const MOST = 50

export interface Drafts<T> {
  get(key: string): T | undefined
  set(key: string, draft: T): void
  drop(key: string): void
  clear(): void
}

/** The last drafts of one sort. */
function draftsOf<T>(): Drafts<T> {
  const kept = new Map<string, T>()
  return {
    get: (key) => kept.get(key),
    set(key, draft) {
      kept.delete(key)
      kept.set(key, draft)
      const [oldest] = kept.keys()
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest)
    },
    drop: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  }
}

/** What somebody began and didn't send: it is found again after a look elsewhere, and ends with the log-in. */
export const useDrafts = defineStore('drafts', () => {
  const conversions = draftsOf<ConversionDraft>() // by session
  const questions = draftsOf<string>() // by collection and chat
  return {
    conversions, questions,
    clear(): void {
      conversions.clear()
      questions.clear()
    },
  }
})
