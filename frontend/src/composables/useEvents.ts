import { onScopeDispose } from 'vue'
import type { AppEvent, EventKind } from '@/api/types'
import { useActivity } from '@/stores/activity'

/** Calls fn for events of these kinds (and for resync), at most every 250 ms. */
export function useEvents(kinds: EventKind[], fn: (e: AppEvent) => void, match: (e: AppEvent) => boolean = () => true): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const off = useActivity().on((e) => {
    if (e.kind !== 'resync' && !(kinds.includes(e.kind) && match(e))) return
    clearTimeout(timer)
    timer = setTimeout(() => fn(e), 250)
  })
  onScopeDispose(() => {
    off()
    clearTimeout(timer)
  })
}
