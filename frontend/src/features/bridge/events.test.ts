import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { forgetToken } from '@/api/token'
import type { RunEvent } from '@/api/types'
import { followRun, isFinal, streamInvocation, textOf } from '@/features/bridge/events'
import { anEvent, frame } from '@/features/bridge/testing'

const STARTED = anEvent(1, 'lifecycle', 'started')
const HELLO = anEvent(2, 'assistant', 'delta', { text: 'Hello ' })
const WORLD = anEvent(3, 'assistant', 'delta', { text: 'world' })
const DONE = anEvent(4, 'lifecycle', 'succeeded')

type Reply = Response | Error
let replies: Reply[] = []
let asked: { path: string; lastEventId: string | null }[] = []

/** A connection that gives these events and then ends, or breaks. */
function connection(events: RunEvent[], broken = false): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      events.forEach((event) => controller.enqueue(new TextEncoder().encode(frame(event))))
      if (!broken) controller.close()
    },
    pull(controller) {
      controller.error(new TypeError('network'))
    },
  })
  return new Response(body)
}

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 10 })
  vi.setTimerTickMode('nextTimerAsync')
  forgetToken()
  asked = []
  vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
    if (path === '/bff/token') return Promise.resolve(Response.json({ accessToken: 't', expiresIn: 9999 }))
    asked.push({ path, lastEventId: new Headers(init.headers).get('last-event-id') })
    const reply = replies.shift() ?? new TypeError('no more connections')
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply)
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function collect(source: AsyncGenerator<RunEvent>): Promise<number[]> {
  const found: number[] = []
  for await (const event of source) found.push(event.seq)
  return found
}

const never = () => new AbortController().signal

describe('following a run', () => {
  it('ends with the last event', async () => {
    replies = [connection([STARTED, HELLO, WORLD, DONE])]
    expect(await collect(followRun('run_1', 0, never()))).toEqual([1, 2, 3, 4])
    expect(asked).toEqual([{ path: '/v1/runs/run_1/events', lastEventId: null }])
  })

  it('resumes after the last event seen when the connection breaks', async () => {
    replies = [connection([STARTED, HELLO], true), new TypeError('still down'), connection([WORLD, DONE])]
    expect(await collect(followRun('run_1', 0, never()))).toEqual([1, 2, 3, 4])
    expect(asked.map(({ lastEventId }) => lastEventId)).toEqual([null, '2', '2'])
  })

  it('resumes when the server ends a connection early', async () => {
    replies = [connection([STARTED]), connection([HELLO, WORLD, DONE])]
    expect(await collect(followRun('run_1', 0, never()))).toEqual([1, 2, 3, 4])
  })

  it('shows no event twice when a server repeats some', async () => {
    replies = [connection([STARTED, HELLO]), connection([STARTED, HELLO, WORLD, DONE])]
    expect(await collect(followRun('run_1', 0, never()))).toEqual([1, 2, 3, 4])
  })

  it('gives up at once when the run is not there', async () => {
    replies = [Response.json({ title: 'Not found' }, { status: 404 })]
    await expect(collect(followRun('run_1', 0, never()))).rejects.toMatchObject({ status: 404 })
  })

  it('gives up after many failures in a row', async () => {
    replies = []
    await expect(collect(followRun('run_1', 0, never()))).rejects.toThrow('no more connections')
    expect(asked.length).toBe(9)
  })

  it('stops when told to, also while it waits', async () => {
    const controller = new AbortController()
    replies = [connection([STARTED])]
    const source = followRun('run_1', 0, controller.signal)
    expect((await source.next()).value).toMatchObject({ seq: 1 })
    setTimeout(() => controller.abort(), 100)
    await expect(source.next()).rejects.toThrow('stopped')
  })
})

describe('starting a run', () => {
  const start = () => streamInvocation('echo-stream', { input: 'x' }, never())

  it('yields events from the call itself', async () => {
    replies = [connection([STARTED, HELLO, DONE])]
    expect(await collect(start())).toEqual([1, 2, 4])
    expect(asked).toHaveLength(1)
  })

  it('never starts a second run when its connection breaks', async () => {
    replies = [connection([STARTED, HELLO], true), connection([WORLD, DONE])]
    expect(await collect(start())).toEqual([1, 2, 3, 4])
    expect(asked.map(({ path }) => path)).toEqual(['/v1/agents/echo-stream/stream', '/v1/runs/run_1/events'])
  })

  it('fails when the call was refused', async () => {
    replies = [Response.json({ title: 'Wrong mode', code: 'MODE_MISMATCH' }, { status: 409 })]
    await expect(collect(start())).rejects.toMatchObject({ problem: { code: 'MODE_MISMATCH' } })
  })
})

describe('the events of a run', () => {
  it('make the text in order', () => expect(textOf([STARTED, HELLO, WORLD, DONE])).toBe('Hello world'))
  it('end with a lifecycle event of a final state', () => {
    expect(isFinal(DONE)).toBe(true)
    expect(isFinal(STARTED)).toBe(false)
    expect(isFinal(anEvent(1, 'assistant', 'succeeded'))).toBe(false)
  })
})
