import { defineStore } from 'pinia'
import type { TableView } from '@/composables/useTable'

/** How somebody arranged a table: it is found so again after a look at another tab. */
export interface TableLayout {
  view: TableView
  order: number[]
  hidden: number[]
  widths: [number, number][]
  frozen: number
  top: number
}

const MOST = 50

/** Layouts of the tables that were looked at, the last ones; they end with the page. */
export const useLayouts = defineStore('layouts', () => {
  const kept = new Map<string, TableLayout>()
  return {
    get: (key: string): TableLayout | undefined => kept.get(key),
    set(key: string, layout: TableLayout): void {
      kept.delete(key)
      kept.set(key, layout)
      for (const old of kept.keys()) {
        if (kept.size <= MOST) break
        kept.delete(old)
      }
    },
  }
})
