// The events of a run as they come: from the call that starts it, or followed afterwards, resumed when cut off.
import { call } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import { readEvents } from '@/api/sse'
import { FINAL_STATUSES, type Invocation, type RunEvent } from '@/api/types'

const SSE = { accept: 'text/event-stream' }
const FIRST_PAUSE_MS = 500
const MOST_PAUSE_MS = 8000
const MOST_FAILURES = 8

export const isFinal = (event: RunEvent): boolean =>
  event.stream === 'lifecycle' && FINAL_STATUSES.has(event.event)

async function* parsed(response: Response): AsyncGenerator<RunEvent> {
  for await (const { data } of readEvents(response)) yield JSON.parse(data) as RunEvent
}

/** Start a run and yield its events; when the connection breaks, go on from the last one seen. */
export async function* streamInvocation(
  agent: string,
  invocation: Invocation,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  const headers = { ...SSE, 'idempotency-key': crypto.randomUUID() }
  const path = `/v1/agents/${encodeURIComponent(agent)}/stream`
  const response = await call(path, { method: 'POST', body: invocation, headers, signal })
  let last: RunEvent | undefined
  try {
    for await (const event of parsed(response)) {
      last = event
      yield event
    }
  } catch (error) {
    if (signal.aborted || !last) throw error
  }
  if (last && !isFinal(last)) yield* followRun(last.runId, last.seq, signal)
}

/** Events after `after` until the run's last one, over as many connections as that takes. */
export async function* followRun(
  runId: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  let seen = after
  for (let failures = 0; ; failures += 1) {
    try {
      const headers = { ...SSE, ...(seen > 0 && { 'last-event-id': String(seen) }) }
      const response = await call(`/v1/runs/${encodeURIComponent(runId)}/events`, { headers, signal })
      for await (const event of parsed(response)) {
        if (event.seq <= seen) continue
        seen = event.seq
        failures = 0
        yield event
        if (isFinal(event)) return
      }
    } catch (error) {
      if (signal.aborted || !mayResume(error) || failures >= MOST_FAILURES) throw error
    }
    await pause(Math.min(FIRST_PAUSE_MS * 2 ** failures, MOST_PAUSE_MS), signal)
  }
}

const mayResume = (error: unknown): boolean =>
  !(error instanceof ApiProblem) || error.status === 429 || error.status >= 500

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopped = () => {
      clearTimeout(timer)
      reject(new DOMException('stopped', 'AbortError'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stopped)
      resolve()
    }, ms)
    signal.addEventListener('abort', stopped, { once: true })
  })
}

/** The text an agent has written so far. */
export function textOf(events: readonly RunEvent[]): string {
  return events
    .filter((event) => event.stream === 'assistant' && event.payload.type === 'delta')
    .map((event) => (typeof event.payload.text === 'string' ? event.payload.text : ''))
    .join('')
}
