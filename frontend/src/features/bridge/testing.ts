import type { JsonObject, RunEvent } from '@/api/types'

/** An event for tests. */
export function anEvent(
  seq: number,
  stream: RunEvent['stream'],
  event: string,
  payload: JsonObject = {},
): RunEvent {
  const timestamp = new Date(Date.UTC(2026, 0, 1, 0, 0, seq)).toISOString()
  return {
    runId: 'run_1',
    sessionId: 'ses_1',
    seq,
    stream,
    event,
    payload: { type: event, ...payload },
    timestamp,
  }
}

export const frame = (event: RunEvent): string =>
  `id: ${event.seq}\nevent: ${event.stream}\ndata: ${JSON.stringify(event)}\n\n`
