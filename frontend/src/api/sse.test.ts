import { describe, expect, it } from 'vitest'

import { readEvents, type ServerEvent, SseParser } from '@/api/sse'

const parse = (...pieces: string[]): ServerEvent[] => {
  const parser = new SseParser()
  return pieces.flatMap((piece) => parser.feed(piece))
}

describe('the parser of server-sent events', () => {
  it('reads id, event and data', () => {
    expect(parse('id: 7\nevent: tool\ndata: {"a":1}\n\n')).toEqual([
      { id: '7', event: 'tool', data: '{"a":1}' },
    ])
  })

  it('gives the same events however the text is cut', () => {
    const text =
      '\uFEFF: hello\r\nid: 1\r\ndata: one\r\n\r\nevent: x\rdata: two\rdata:  three\r\rdata: ü€😀\n\n'
    const whole = parse(text)
    expect(whole.map(({ data }) => data)).toEqual(['one', 'two\n three', 'ü€😀'])
    for (let cut = 1; cut < text.length; cut += 1) {
      expect(parse(text.slice(0, cut), text.slice(cut))).toEqual(whole)
    }
    expect(parse(...text.split(/(?:)/u))).toEqual(whole)
  })

  it('calls an unnamed event a message and keeps the last id', () => {
    expect(parse('id: 3\ndata: a\n\ndata: b\n\n')).toEqual([
      { id: '3', event: 'message', data: 'a' },
      { id: '3', event: 'message', data: 'b' },
    ])
  })

  it('gives nothing for comments, empty events and a cut-off end', () => {
    expect(parse(': keep-alive\n\nevent: x\n\n\ndata: not finished\n')).toEqual([])
  })

  it('does not carry an event name into the next event', () => {
    expect(parse('event: tool\n\ndata: a\n\n')[0]?.event).toBe('message')
  })

  it('ignores fields it does not know and ids with a null character', () => {
    expect(parse('foo: bar\nid: a\0b\ndata\n\n')).toEqual([{ id: '', event: 'message', data: '' }])
  })
})

describe('reading the events of a response', () => {
  it('decodes characters that were cut between two pieces', async () => {
    const bytes = new TextEncoder().encode('data: 😀\n\n')
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        bytes.forEach((byte) => controller.enqueue(new Uint8Array([byte])))
        controller.close()
      },
    })
    const events: ServerEvent[] = []
    for await (const event of readEvents(new Response(body))) events.push(event)
    expect(events.map(({ data }) => data)).toEqual(['😀'])
  })

  it('closes the connection when the reader has enough', async () => {
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('data: x\n\n'))
      },
      cancel() {
        cancelled = true
      },
    })
    for await (const event of readEvents(new Response(body))) {
      expect(event.data).toBe('x')
      break
    }
    await new Promise((resolve) => setTimeout(resolve))
    expect(cancelled).toBe(true)
  })
})
