// Speaks to the page of a running window by WebKit's inspector protocol, over
// the web socket of WEBKIT_INSPECTOR_HTTP_SERVER. Needs Node's WebSocket:
// node --experimental-websocket.

/** Connects to the first page of the inspector server at host:port. */
export async function attach(address, { seconds = 30 } = {}) {
  const path = await until(async () => {
    const page = await fetch(`http://${address}/`).then((r) => r.text(), () => '')
    return /socket\/\d+\/\d+\/WebPage/.exec(page)?.[0]
  }, `no page at ${address}`, seconds)
  const socket = new WebSocket(`ws://${address}/${path}`)
  await new Promise((ok, no) => { socket.onopen = ok; socket.onerror = () => no(new Error('the inspector refuses')) })
  return new Page(socket)
}

class Page {
  #socket
  #next = 1
  #waiting = new Map()
  #target
  closed = false

  constructor(socket) {
    this.#socket = socket
    socket.onmessage = (e) => this.#take(JSON.parse(e.data))
    socket.onclose = () => {
      this.closed = true
      for (const { no } of this.#waiting.values()) no(new Error('the window is gone'))
      this.#waiting.clear()
    }
  }

  #take(m) {
    if (m.method === 'Target.targetCreated' && m.params.targetInfo.type === 'page') this.#target = m.params.targetInfo.targetId
    else if (m.method === 'Target.didCommitProvisionalTarget') this.#target = m.params.newTargetId
    else if (m.method === 'Target.dispatchMessageFromTarget') {
      const answer = JSON.parse(m.params.message)
      const w = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (answer.error) w?.no(new Error(answer.error.message))
      else w?.ok(answer.result)
    }
  }

  async send(method, params = {}) {
    await until(() => this.#target, 'the inspector names no page', 20)
    if (this.closed) throw new Error('the window is gone')
    const id = this.#next++
    const answer = new Promise((ok, no) => this.#waiting.set(id, { ok, no }))
    this.#socket.send(JSON.stringify({ id: this.#next++, method: 'Target.sendMessageToTarget', params: { targetId: this.#target, message: JSON.stringify({ id, method, params }) } }))
    return answer
  }

  /** Evaluates an expression and waits if it gives a promise. */
  async eval(expression) {
    const wrapped = `Promise.resolve().then(async () => (${expression})).then((v) => JSON.stringify({ v }), (e) => JSON.stringify({ e: e && e.detail || e && e.message || JSON.stringify(e) || String(e), code: e && e.code }))`
    const { result } = await this.send('Runtime.evaluate', { expression: wrapped })
    const { result: text } = await this.send('Runtime.awaitPromise', { promiseObjectId: result.objectId, returnByValue: true })
    const got = JSON.parse(text.value)
    if ('e' in got) throw Object.assign(new Error(String(got.e)), { code: got.code })
    return got.v
  }

  /** Waits until an expression is true, and gives its value. */
  async when(expression, { seconds = 30 } = {}) {
    return until(() => this.eval(expression).catch(() => undefined), `never true: ${expression}`, seconds)
  }

  close() {
    this.#socket.close()
  }
}

/** Looks until there is something to be seen. Time in which this program stood still doesn't count. */
export async function until(look, complaint, seconds) {
  for (let waited = 0, last = Date.now(); waited < seconds * 1000; ) {
    const got = await look()
    if (got) return got
    await new Promise((r) => setTimeout(r, 100))
    const now = Date.now()
    waited += Math.min(now - last, 5000)
    last = now
  }
  throw new Error(complaint)
}
