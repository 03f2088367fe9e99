import type { AddOptions, UploadProgress } from './client'
import type { CallName, Req, Res } from './routes'
import { asProblem, isAbort, problemOf, Problem } from './problem'
import type { Received, Upload } from './types'
import { filled } from './url'

// The resumable upload: parts of a fixed size, each with its SHA-256, three at a
// time, repeated when the network fails. What has arrived is remembered by the
// server, and its id by this browser under the file's name, size and date.

export interface Transport {
  call<N extends CallName>(name: N, req: Req<N>, opts?: { signal?: AbortSignal }): Promise<Res<N>>
  send(path: string, init: RequestInit): Promise<Response>
}

const PARALLEL = 3
const ATTEMPTS = 5

export async function upload(t: Transport, file: File, opts: AddOptions): Promise<Received> {
  const meter = new Meter(file.size, opts.progress)
  const { signal } = opts
  const up = await resume(t, file, opts)
  remember(file, up.id)
  const have = new Set(up.parts.map((p) => p.number))
  meter.resumed(up.parts.reduce((n, p) => n + p.bytes, 0))

  const numbers = Array.from({ length: Math.max(1, Math.ceil(file.size / up.part_bytes)) }, (_, i) => i + 1).filter((n) => !have.has(n))
  const stop = new AbortController()
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const worker = async (): Promise<void> => {
    for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
      await sendPart(t, up, n, file, both)
      meter.add(partSize(up, n))
    }
  }
  try {
    await Promise.all(Array.from({ length: PARALLEL }, worker))
  } catch (e) {
    stop.abort()
    throw e
  }
  meter.phase('verifying')
  const received = await t.call('completeUpload', { upload_id: up.id }, { signal })
  forget(file)
  return received
}

/** The upload that an earlier attempt began, or a new one. */
async function resume(t: Transport, file: File, opts: AddOptions): Promise<Upload> {
  const id = localStorage.getItem(keyOf(file))
  if (id) {
    try {
      const up = await t.call('getUpload', { upload_id: id }, opts)
      if (up.state === 'OPEN' && up.bytes === file.size) return up
    } catch (e) {
      if (asProblem(e).code !== 'not_found') throw e
    }
    forget(file)
  }
  return t.call('createUpload', { filename: file.name, bytes: file.size, convert: opts.convert ?? true, options: opts.options }, opts)
}

async function sendPart(t: Transport, up: Upload, number: number, file: File, signal: AbortSignal): Promise<void> {
  const from = (number - 1) * up.part_bytes
  const bytes = await file.slice(from, from + partSize(up, number)).arrayBuffer()
  const digest = await sha256(bytes)
  for (let attempt = 1; ; attempt++) {
    let fault: Problem
    try {
      const res = await t.send(filled('/api/uploads/{upload_id}/parts/{number}', { upload_id: up.id, number }), {
        method: 'PUT',
        body: bytes,
        headers: { 'Content-Type': 'application/octet-stream', ...(digest ? { 'X-Content-SHA256': digest } : {}) },
        signal,
      })
      if (res.ok) return
      fault = await problemOf(res)
    } catch (e) {
      if (isAbort(e)) throw e
      fault = asProblem(e)
    }
    const passing = fault.code === 'network' || fault.code === 'rate_limited' || fault.code === 'busy' || fault.status >= 500
    if (!passing || attempt >= ATTEMPTS) throw fault
    await pause(Math.max(fault.retryAfterMs, 400 * 2 ** attempt), signal)
  }
}

const partSize = (up: Upload, n: number): number => Math.min(up.part_bytes, up.bytes - (n - 1) * up.part_bytes)

/** Hex; "" where the page isn't in a secure context: the server hashes anyway. */
async function sha256(bytes: ArrayBuffer): Promise<string> {
  if (!globalThis.crypto?.subtle) return ''
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(sum, (b) => b.toString(16).padStart(2, '0')).join('')
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new DOMException('stopped', 'AbortError'))
    }, { once: true })
  })
}

const keyOf = (f: File): string => `retable.upload:${f.name}:${f.size}:${f.lastModified}`
const remember = (f: File, id: string): void => localStorage.setItem(keyOf(f), id)
const forget = (f: File): void => localStorage.removeItem(keyOf(f))

/** Meter tells how far an upload is, how fast and how long it will take. */
export class Meter {
  #done = 0
  #resumed = 0
  #phase: UploadProgress['phase'] = 'sending'
  readonly #start = performance.now()
  readonly #total: number
  readonly #tell: ((p: UploadProgress) => void) | undefined

  constructor(total: number, tell?: (p: UploadProgress) => void) {
    this.#total = total
    this.#tell = tell
    this.#report()
  }

  resumed(bytes: number): void {
    this.#resumed = bytes
    this.#report()
  }

  add(bytes: number): void {
    this.#done += bytes
    this.#report()
  }

  phase(p: UploadProgress['phase']): void {
    this.#phase = p
    this.#report()
  }

  #report(): void {
    const seconds = (performance.now() - this.#start) / 1000
    const rate = seconds > 0.2 ? this.#done / seconds : 0
    const left = this.#total - this.#done - this.#resumed
    this.#tell?.({
      phase: this.#phase, done: this.#done + this.#resumed, total: this.#total, rate, resumed: this.#resumed,
      left_ms: rate > 0 ? Math.round((left / rate) * 1000) : -1,
    })
  }
}
