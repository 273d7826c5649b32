import type { GovernorRule, JsonObject, Run, RunEvent } from '@/api/types'

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

/** Some of the governor's rules, as the API tells them. */
export const RULES: GovernorRule[] = [
  ...([
    ['denials', 'SAFETY', 5],
    ['risk', 'OVERRISK', 40],
    ['outages', 'EXTERNAL', 10],
    ['repetition', 'STAGNATION', 5],
    ['no-progress', 'STAGNATION', 15],
    ['calls', 'EXHAUSTION', 200],
  ] as const),
].map(([rule, halt, threshold]) => ({ rule, halt, threshold, says: `${rule} counted`, observed: 0 }))

/** A run for tests, which began at the first second of 2026. */
export function aRun(fields: Partial<Run> = {}): Run {
  return {
    runId: 'run_1',
    agent: 'echo-agent',
    mode: 'sync',
    status: 'running',
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: '2026-01-01T00:00:00.000Z',
    governor: { profile: 'balanced', step: 0, rules: RULES },
    ...fields,
  }
}
