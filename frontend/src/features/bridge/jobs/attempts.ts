// The attempts of a job, as the lifecycle events of its run tell them.
import type { RunEvent } from '@/api/types'

export interface Attempt {
  number: number
  beganAt: string
  /** The checkpoint from which it went on; none for one that began at the beginning. */
  checkpoint?: number
  /** What it ended with: why there was another one, or the end of the run. */
  ended?: string
}

const ENDS = new Set(['succeeded', 'failed', 'halted', 'cancelled', 'timed_out', 'awaiting_approval'])

/** In their order, the latest last. */
export function attemptsOf(events: readonly RunEvent[]): Attempt[] {
  const found: Attempt[] = []
  for (const { stream, event, payload, timestamp } of events) {
    if (stream !== 'lifecycle') continue
    if (event === 'started') found.push({ number: 1, beganAt: timestamp })
    if (event === 'resumed') {
      const checkpoint = typeof payload.checkpoint === 'number' ? { checkpoint: payload.checkpoint } : {}
      found.push({ number: Number(payload.attempt), beganAt: timestamp, ...checkpoint })
    }
    const last = found.at(-1)
    if (last && event === 'retrying' && typeof payload.reason === 'string') last.ended = payload.reason
    if (last && ENDS.has(event)) last.ended = event
  }
  return found
}
