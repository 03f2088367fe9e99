import type { ErrorCode, FieldError, ProblemBody } from './types'

/** Problem is the one error of the front end: RFC 9457 with what we add. */
export class Problem extends Error {
  readonly code: ErrorCode | 'network'
  readonly status: number
  readonly title: string
  readonly reason: string
  readonly correlationId: string
  readonly fields: FieldError[]
  readonly retryAfterMs: number

  constructor(body: Partial<Omit<ProblemBody, 'code'>> & { code: ErrorCode | 'network' }) {
    super(body.detail || body.error || body.title || '')
    this.name = 'Problem'
    this.code = body.code
    this.status = body.status ?? 0
    this.title = body.title ?? ''
    this.reason = body.reason ?? ''
    this.correlationId = body.correlation_id ?? ''
    this.fields = body.errors ?? []
    this.retryAfterMs = body.retry_after_ms ?? 0
  }

  /** Whether it may be over in a moment, and says nothing of what was asked for: nobody answers, or the log-in has ended. */
  get passing(): boolean {
    return this.code === 'network' || this.code === 'unavailable' || this.code === 'busy' || this.code === 'rate_limited' || this.code === 'unauthorized' || (this.status >= 502 && this.status <= 504)
  }

  /** What is wrong with a field of the request, "" if nothing. */
  field(name: string): string {
    return this.fields.find((f) => f.field === name)?.message ?? ''
  }
}

/** Any thrown value as a Problem. */
export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e
  if (isAbort(e)) return new Problem({ code: 'cancelled', detail: '' })
  if (e instanceof TypeError) return new Problem({ code: 'network', detail: e.message })
  return new Problem({ code: 'internal', detail: e instanceof Error ? e.message : String(e) })
}

/** Whether the caller stopped it: nothing to show then. */
export function isAbort(e: unknown): boolean {
  return (e instanceof DOMException && e.name === 'AbortError') || (e instanceof Problem && e.code === 'cancelled' && e.status === 0)
}

const codes: Record<number, ErrorCode> = {
  400: 'invalid', 401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 405: 'not_allowed', 409: 'conflict', 411: 'length_required',
  413: 'too_large', 415: 'unsupported', 422: 'unprocessable', 429: 'rate_limited', 503: 'unavailable',
}

/** The Problem of a response that is not 2xx, whatever its body is. */
export async function problemOf(res: Response): Promise<Problem> {
  let body: Partial<ProblemBody> = {}
  try {
    body = (await res.json()) as Partial<ProblemBody>
  } catch {
    // Not from Retable: a proxy's page, or nothing.
  }
  const retry = Number(res.headers.get('Retry-After'))
  return new Problem({
    ...body,
    code: body.code ?? codes[res.status] ?? 'internal',
    status: res.status,
    title: body.title ?? res.statusText,
    correlation_id: body.correlation_id ?? res.headers.get('X-Correlation-ID') ?? '',
    retry_after_ms: body.retry_after_ms ?? (retry > 0 ? retry * 1000 : 0),
  })
}
