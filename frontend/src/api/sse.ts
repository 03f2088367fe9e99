// Server-sent events over fetch: EventSource can't carry a bearer token.

export interface ServerEvent {
  event: string
  data: string
  id: string
}

/** Splits a stream of text into events. Comments and unknown fields are dropped. */
export class EventParser {
  #rest = ''
  #event = ''
  #data: string[] = []
  #id = ''

  push(text: string): ServerEvent[] {
    const out: ServerEvent[] = []
    this.#rest += text
    // A CR at the very end may be half of a CRLF: it waits for the next piece.
    const held = this.#rest.endsWith('\r') ? '\r' : ''
    const lines = this.#rest.slice(0, this.#rest.length - held.length).split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '') + held
    for (const line of lines) {
      if (line === '') {
        if (this.#data.length) out.push({ event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id })
        this.#event = ''
        this.#data = []
        continue
      }
      const at = line.indexOf(':')
      const field = at < 0 ? line : line.slice(0, at)
      const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '')
      if (field === 'event') this.#event = value
      else if (field === 'data') this.#data.push(value)
      else if (field === 'id') this.#id = value
    }
    return out
  }
}

/** Reads a response to its end, event by event. */
export async function readEvents(res: Response, on: (e: ServerEvent) => void, alive?: () => void): Promise<void> {
  if (!res.body) throw new TypeError('the response has no body')
  const parser = new EventParser()
  const reader = res.body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      alive?.()
      for (const e of parser.push(value)) on(e)
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}
