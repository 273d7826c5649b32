import { describe, expect, it } from 'vitest'

import type { IncidentSummary } from '@/api/types'
import { actionsFor, severityTone, statusTone } from '@/features/incidents/words'

const incident = (agent?: string) => ({ agent }) as IncidentSummary

describe('words', () => {
  it('paints the gravest worst and what it does not know plainly', () => {
    expect(['S1', 'S2', 'S3', 'S4', 'S9'].map(severityTone)).toEqual([
      'bad',
      'warn',
      'info',
      'neutral',
      'neutral',
    ])
    expect(statusTone('resolved')).toBe('good')
  })

  it('offers to hold an agent only where there is one', () => {
    expect(actionsFor(incident('echo-agent')).map(({ action }) => action)).toEqual([
      'pause',
      'quarantine',
      'kill_run',
    ])
    expect(actionsFor(incident())).toEqual([])
  })

  it('says what an action means before it is done', () => {
    const [pause] = actionsFor(incident('echo-agent'))
    expect(pause?.means(incident('echo-agent'))).toContain('No new run of echo-agent starts')
  })
})
