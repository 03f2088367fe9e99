import { computed, type ComputedRef } from 'vue'
import { usePrefs } from '@/stores/prefs'

/** Height of a grid's row in pixels: --row of tokens.css. */
export function useRowHeight(): ComputedRef<number> {
  const prefs = usePrefs()
  return computed(() => (prefs.density === 'compact' ? 23 : 28))
}
