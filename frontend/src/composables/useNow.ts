import { effectScope, ref, type Ref } from 'vue'

// One clock for all "5 minutes ago" of the page, stopped with the page itself.
let shared: Ref<number> | null = null

export function useNow(): Ref<number> {
  if (!shared) {
    shared = effectScope(true).run(() => ref(Date.now()))!
    const clock = shared
    setInterval(() => (clock.value = Date.now()), 20_000)
  }
  return shared
}
