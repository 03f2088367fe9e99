import { computed, onScopeDispose, ref, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import { useClient } from '@/api'
import type { Job } from '@/api/types'
import { useActivity } from '@/stores/activity'
import { useToasts } from '@/stores/toasts'

export interface JobHandle {
  job: ComputedRef<Job | null>
  over: ComputedRef<boolean>
  /** Asked, and not over yet. */
  busy: Ref<boolean>
  cancel(): Promise<void>
  retry(): Promise<void>
}

/** What a job's rate counts: an index its texts, everything else the bytes that it has read. */
export const rateUnit = (j: Job): 'bytes' | 'chunks' => (j.job_type === 'index' ? 'chunks' : 'bytes')
export const isOver = (j: Job): boolean => j.status === 'SUCCESS' || j.status === 'FAILED' || j.status === 'CANCELLED'

/** One job, kept up to date by events. `done` is called once when it is over. */
export function useJob(id: MaybeRefOrGetter<number | undefined>, done?: (job: Job) => void): JobHandle {
  const client = useClient()
  const activity = useActivity()
  const toasts = useToasts()
  const busy = ref(false)
  const job = computed(() => {
    const n = toValue(id)
    return n ? (activity.jobs.get(n) ?? null) : null
  })

  watch(() => toValue(id), (n) => {
    if (n) void activity.fetchJob(n)
  }, { immediate: true })
  // Also if it was over when it was first heard of: who waits for it must not wait on.
  watch(() => !!job.value && isOver(job.value), (now) => {
    if (now && job.value) done?.(job.value)
  }, { immediate: true })
  // Events may be lost on the way; who shows a job asks after it now and then.
  const watchdog = setInterval(() => {
    const n = toValue(id)
    if (n && !(job.value && isOver(job.value))) void activity.fetchJob(n)
  }, 5000)
  onScopeDispose(() => clearInterval(watchdog))

  async function act(name: 'cancelJob' | 'retryJob'): Promise<void> {
    const n = toValue(id)
    if (!n) return
    busy.value = true
    try {
      activity.put(await client.call(name, { job_id: n }))
    } catch (e) {
      toasts.fail(e)
    } finally {
      busy.value = false
    }
  }

  return { job, over: computed(() => !!job.value && isOver(job.value)), busy, cancel: () => act('cancelJob'), retry: () => act('retryJob') }
}

/** Waits until a job is over; rejects with nothing: look at its status. */
export function useJobWaiter(): (id: number, signal?: AbortSignal) => Promise<Job> {
  const activity = useActivity()
  return async (id, signal) => {
    await activity.fetchJob(id)
    return new Promise((resolve, reject) => {
      const stop = watch(() => activity.jobs.get(id), (j) => {
        if (j && isOver(j)) {
          queueMicrotask(() => stop())
          resolve(j)
        }
      }, { immediate: true })
      signal?.addEventListener('abort', () => {
        stop()
        reject(new DOMException('stopped', 'AbortError'))
      }, { once: true })
    })
  }
}
