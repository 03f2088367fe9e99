import { Problem } from '../problem'
import type { AppEvent, Job, JobType } from '../types'
import { hex } from './dice'

// Jobs that progress by the clock and tell about it.

export interface FakeWork {
  job_type: JobType
  subject: string
  session_id?: string
  comparison_id?: string
  /** Milliseconds of work. */
  takes: number
  /** Units of work. */
  amount?: number
  steps: string[]
  /** Fails at this progress, with this text. */
  fails?: { at: number; error: string }
  done: () => Record<string, unknown> | void
  failed?: (error: string) => void
}

const TICK = 120

export class FakeJobs {
  readonly jobs: Job[] = []
  /** Milliseconds are divided by it. */
  speed = 1
  #next = 101
  #work = new Map<number, FakeWork>()
  readonly #tell: (e: AppEvent) => void

  constructor(tell: (e: AppEvent) => void) {
    this.#tell = tell
  }

  start(work: FakeWork, now = new Date()): Job {
    const at = now.toISOString()
    const job: Job = {
      id: this.#next++, job_type: work.job_type, status: 'QUEUED', progress: 0, message: 'Waiting for its turn', attempts: 0, max_attempts: 3, cancel_asked: false,
      owner_id: 'u-ada', owner: 'ada', session_id: work.session_id, comparison_id: work.comparison_id, subject: work.subject, created_at: at, updated_at: at,
      correlation_id: hex(this.#next * 7, 16),
    }
    this.jobs.unshift(job)
    this.#work.set(job.id, work)
    setTimeout(() => this.#run(job), 150 / this.speed)
    return job
  }

  /** A job of the past. */
  put(job: Partial<Job> & Pick<Job, 'job_type' | 'status' | 'subject'>, agoMinutes: number, work?: FakeWork): Job {
    const at = new Date(Date.now() - agoMinutes * 60_000).toISOString()
    const full: Job = {
      id: this.#next++, progress: job.status === 'SUCCESS' ? 100 : 37, message: '', attempts: 1, max_attempts: 3, cancel_asked: false, owner_id: 'u-ada', owner: 'ada',
      created_at: at, updated_at: at, started_at: at, finished_at: at, correlation_id: hex(this.#next * 7, 16), ...job,
    }
    this.jobs.unshift(full)
    if (work) this.#work.set(full.id, work)
    return full
  }

  get(id: number): Job {
    const job = this.jobs.find((j) => j.id === id)
    if (!job) throw new Problem({ code: 'not_found', status: 404, detail: `There is no job "${id}".`, correlation_id: hex(id, 16) })
    return job
  }

  cancel(id: number): Job {
    const job = this.get(id)
    if (job.status === 'QUEUED') this.#end(job, 'CANCELLED', 'Stopped before it began')
    else if (job.status === 'RUNNING') job.cancel_asked = true
    return job
  }

  retry(id: number): Job {
    const job = this.get(id)
    if (job.status !== 'FAILED' && job.status !== 'CANCELLED') throw new Problem({ code: 'conflict', status: 409, detail: 'Only a job that failed or was stopped can be tried again.' })
    Object.assign(job, { status: 'QUEUED', progress: 0, message: 'Waiting for its turn', error: undefined, error_code: undefined, stack: undefined, cancel_asked: false, attempts: 0, finished_at: undefined })
    const work = this.#work.get(id)
    if (work) work.fails = undefined
    this.#say(job, 'job')
    setTimeout(() => this.#run(job), 150 / this.speed)
    return job
  }

  #run(job: Job): void {
    if (job.status !== 'QUEUED') return
    const work = this.#work.get(job.id)
    if (!work) return
    job.status = 'RUNNING'
    job.attempts++
    job.started_at = new Date().toISOString()
    this.#say(job, 'job')
    let last = Date.now()
    let share = 0
    const tick = (): void => {
      if (job.cancel_asked) return this.#end(job, 'CANCELLED', 'Stopped')
      // The speed may be changed while it runs.
      const takes = work.takes / this.speed
      share = Math.min(1, share + (Date.now() - last) / takes)
      last = Date.now()
      job.progress = Math.round(share * 1000) / 10
      job.message = work.steps[Math.min(work.steps.length - 1, Math.floor(share * work.steps.length))]!
      if (work.fails && job.progress >= work.fails.at) {
        job.error = work.fails.error
        job.error_code = 'unprocessable'
        job.stack = 'xmltable: flatten catalogue/autumn.xml: value of 71 MB\n\tinternal/xmltable/flatten.go:212\n\tactors/task_convert.go:88'
        work.failed?.(work.fails.error)
        return this.#end(job, 'FAILED', '')
      }
      if (share >= 1) {
        job.progress = 100
        job.result = work.done() ?? {}
        return this.#end(job, 'SUCCESS', 'Done')
      }
      if (work.amount && share > 0.03) {
        job.rate = work.amount / (takes / 1000)
        job.left_ms = Math.round(takes * (1 - share))
      }
      this.#say(job, 'progress')
      setTimeout(tick, TICK)
    }
    tick()
  }

  #end(job: Job, status: Job['status'], message: string): void {
    Object.assign(job, { status, message, rate: undefined, left_ms: undefined, finished_at: new Date().toISOString() })
    this.#say(job, 'job')
  }

  #say(job: Job, kind: 'job' | 'progress'): void {
    job.updated_at = new Date().toISOString()
    const { id, session_id, status, progress, message, rate, left_ms, comparison_id } = job
    this.#tell({ kind, job_id: id, session_id, id: comparison_id, state: status, progress, message, rate, left_ms, at: job.updated_at })
  }
}
