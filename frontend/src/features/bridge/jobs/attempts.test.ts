import { expect, it } from 'vitest'

import { attemptsOf } from '@/features/bridge/jobs/attempts'
import { anEvent } from '@/features/bridge/testing'

it('tells each attempt from where it began and why there was another', () => {
  const events = [
    anEvent(1, 'lifecycle', 'queued'),
    anEvent(2, 'lifecycle', 'started'),
    anEvent(3, 'tool', 'started'),
    anEvent(4, 'lifecycle', 'retrying', { reason: 'AGENT_SILENT', attempt: 1 }),
    anEvent(5, 'lifecycle', 'resumed', { attempt: 2, checkpoint: 3 }),
    anEvent(6, 'lifecycle', 'retrying', { reason: 'RUN_LOST', attempt: 2 }),
    anEvent(7, 'lifecycle', 'resumed', { attempt: 3, checkpoint: null }),
  ]
  expect(attemptsOf(events)).toEqual([
    { number: 1, beganAt: '2026-01-01T00:00:02.000Z', ended: 'AGENT_SILENT' },
    { number: 2, beganAt: '2026-01-01T00:00:05.000Z', checkpoint: 3, ended: 'RUN_LOST' },
    { number: 3, beganAt: '2026-01-01T00:00:07.000Z' },
  ])
  expect(attemptsOf([...events, anEvent(8, 'lifecycle', 'succeeded')]).at(-1)?.ended).toBe('succeeded')
})

it('knows no attempt of a job that never began', () => {
  expect(attemptsOf([anEvent(1, 'lifecycle', 'queued'), anEvent(2, 'lifecycle', 'cancelled')])).toEqual([])
})
