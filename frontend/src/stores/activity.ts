import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'
import { useClient } from '@/api'
import type { Connection, EventStream } from '@/api/client'
import { asProblem } from '@/api/problem'
import type { AppEvent, Job } from '@/api/types'

type Listener = (e: AppEvent) => void
const ended = (j: Job): boolean => j.status === 'SUCCESS' || j.status === 'FAILED' || j.status === 'CANCELLED'

/** The events of the back end, and the jobs that are under way. */
export const useActivity = defineStore('activity', () => {
  const client = useClient()
  const connection = ref<Connection>('connecting')
  const jobs = shallowReactive(new Map<number, Job>())
  const listeners = new Set<Listener>()
  let stream: EventStream | null = null
  let before = false

  function start(): void {
    if (stream) return
    stream = client.events(take, (c) => (connection.value = c))
    // After a new log-in what failed without one is fetched again.
    if (before) resync()
    else void refresh()
    before = true
    window.addEventListener('online', resync)
  }

  // The stream may have outlived the gap in which a question got no answer.
  const resync = (): void => take({ kind: 'resync', at: new Date().toISOString() })

  function stop(): void {
    stream?.close()
    stream = null
    window.removeEventListener('online', resync)
    jobs.clear()
  }

  async function refresh(): Promise<void> {
    try {
      const { items } = await client.call('listJobs', { active: true, limit: 200 })
      for (const j of items) put(j)
      // What was under way and isn't any more has ended unheard.
      const now = new Set(items.map((j) => j.id))
      for (const j of jobs.values()) if (!ended(j) && !now.has(j.id)) void fetchJob(j.id)
    } catch (e) {
      // The stream tells about the connection; a log-in that ended is shown by the account.
      if (asProblem(e).code === 'internal') connection.value = 'polling'
    }
  }

  /** Answers may overtake each other: what has ended runs again only by a later word. */
  function put(j: Job): void {
    const known = jobs.get(j.id)
    if (known && ended(known) && !ended(j) && j.updated_at < known.updated_at) return
    jobs.set(j.id, j)
  }

  function take(e: AppEvent): void {
    if (e.kind === 'resync') void refresh()
    else if (e.job_id !== undefined) takeJob(e.job_id, e)
    for (const fn of listeners) fn(e)
  }

  function takeJob(id: number, e: AppEvent): void {
    const known = jobs.get(id)
    if (known && e.kind === 'progress') {
      if (ended(known)) return
      jobs.set(id, { ...known, status: (e.state as Job['status']) ?? known.status, progress: e.progress ?? known.progress, message: e.message ?? known.message, rate: e.rate, left_ms: e.left_ms })
      return
    }
    // A change of state carries more than the event tells: result, error.
    void fetchJob(id)
  }

  async function fetchJob(id: number): Promise<void> {
    try {
      put(await client.call('getJob', { job_id: id }))
    } catch (e) {
      if (asProblem(e).code === 'not_found') jobs.delete(id)
    }
  }

  return {
    connection, jobs, start, stop, fetchJob, put,
    active: computed(() => [...jobs.values()].filter((j) => j.status === 'QUEUED' || j.status === 'RUNNING').sort((a, b) => b.id - a.id)),
    on(fn: Listener): () => void {
      listeners.add(fn)
      return () => listeners.delete(fn)
    },
  }
})
