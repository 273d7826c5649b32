// Server-sent events from a fetch response (EventSource can neither POST nor send a token).

export interface ServerEvent {
  id: string
  event: string
  data: string
}

/** The parser of the HTML standard's §9.2.6, fed with text as it arrives. */
export class SseParser {
  #rest = ''
  #started = false
  #afterCr = false
  #id = ''
  #event = ''
  #data: string[] = []

  /** The events completed by this piece. */
  feed(piece: string): ServerEvent[] {
    const events: ServerEvent[] = []
    this.#rest += this.#strip(piece)
    let end: number
    while ((end = this.#rest.search(/[\r\n]/)) >= 0) {
      const line = this.#rest.slice(0, end)
      this.#afterCr = this.#rest[end] === '\r'
      this.#rest = this.#rest.slice(end + 1)
      if (this.#afterCr) this.#rest = this.#strip(this.#rest)
      const event = this.#line(line)
      if (event) events.push(event)
    }
    return events
  }

  /** Drop a byte order mark at the very start, and the LF of a CRLF pair that was cut in two. */
  #strip(text: string): string {
    if (!this.#started && text) {
      this.#started = true
      if (text.startsWith('\uFEFF')) text = text.slice(1)
    }
    if (this.#afterCr && text) {
      this.#afterCr = false
      if (text.startsWith('\n')) return text.slice(1)
    }
    return text
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return undefined // a comment keeps the connection open
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') this.#data.push(value)
    else if (field === 'event') this.#event = value
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    return undefined
  }

  #dispatch(): ServerEvent | undefined {
    const [data, event] = [this.#data, this.#event || 'message']
    this.#data = []
    this.#event = ''
    return data.length ? { id: this.#id, event, data: data.join('\n') } : undefined
  }
}

/** The events of a response body, until it ends or the request is aborted. */
export async function* readEvents(response: Response): AsyncGenerator<ServerEvent> {
  if (!response.body) return
  const parser = new SseParser()
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield* parser.feed(value)
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}
