import { describe, expect, it } from 'vitest'

import { actsOf } from '@/features/bridge/acts'
import { anEvent } from '@/features/bridge/testing'

const CALL = anEvent(2, 'tool', 'call', {
  callId: 'c1',
  tool: 'files.read',
  arguments: { fileId: 'fil_1' },
  policy: { ruleId: 'allow-granted', explanation: 'The grant allows it.', risk: 'low' },
  basis: { cost: 20, calls: 0, tainted: false },
  guardrails: { found: { email: 1 }, changed: 1 },
})
const RESULT = anEvent(3, 'tool', 'result', {
  callId: 'c1',
  tool: 'files.read',
  status: 'succeeded',
  durationMs: 12,
  pricePico: 5_000_000,
  guardrails: { found: { email: 2, iban: 1 }, changed: 0 },
})
const REFUSED = anEvent(4, 'tool', 'policy', {
  tool: 'files.write',
  decision: 'DENY',
  ruleId: 'deny-not-granted',
  explanation: 'No grant.',
  risk: 'medium',
  arguments: { name: 'x' },
})

describe('the acts of a run', () => {
  it('are calls with their results, findings of both added up', () => {
    expect(actsOf([CALL, RESULT])).toEqual([
      {
        seq: 2,
        at: CALL.timestamp,
        tool: 'files.read',
        answer: 'ALLOW',
        ending: 'succeeded',
        risk: 'low',
        ruleId: 'allow-granted',
        explanation: 'The grant allows it.',
        arguments: { fileId: 'fil_1' },
        basis: { cost: 20, calls: 0, tainted: false },
        durationMs: 12,
        pricePico: 5_000_000,
        findings: { email: 3, iban: 1 },
        changed: 1,
      },
    ])
  })

  it('go on while there is no result', () => {
    expect(actsOf([CALL])[0]?.ending).toBe('running')
  })

  it('are told apart when two calls overlap', () => {
    const other = anEvent(5, 'tool', 'call', { callId: 'c2', tool: 'clock' })
    const [first, second] = actsOf([CALL, other, RESULT])
    expect([first?.ending, second?.ending]).toEqual(['succeeded', 'running'])
  })

  it('are refusals too, with the rule that refused', () => {
    expect(actsOf([REFUSED])[0]).toMatchObject({
      answer: 'DENY',
      ending: 'refused',
      ruleId: 'deny-not-granted',
      explanation: 'No grant.',
    })
  })

  it('are held for approval, with the way to it', () => {
    const asked = anEvent(6, 'tool', 'approval', { tool: 'clock', approvalId: 'apr_1', ruleId: 'ask-risk' })
    expect(actsOf([asked])[0]).toMatchObject({
      answer: 'NEEDS_APPROVAL',
      ending: 'held',
      approvalId: 'apr_1',
    })
  })

  it('say what a policy in shadow would have said', () => {
    const shadowed = anEvent(7, 'tool', 'call', {
      callId: 'c',
      tool: 'clock',
      shadow: { decision: 'DENY', ruleId: 'deny-cost' },
    })
    expect(actsOf([shadowed])[0]?.shadow).toEqual({ decision: 'DENY', ruleId: 'deny-cost' })
  })

  it('are the gateway’s events alone', () => {
    const others = [
      anEvent(1, 'lifecycle', 'started'),
      anEvent(2, 'assistant', 'call', { tool: 'forged', callId: 'x' }),
      anEvent(3, 'tool', 'progress', { tool: 'forged' }),
      anEvent(4, 'tool', 'result', { callId: 'never called', status: 'succeeded' }),
    ]
    expect(actsOf(others)).toEqual([])
  })

  it.each([{}, { policy: null, basis: 3, arguments: [], guardrails: { found: { a: 'many' } } }])(
    'do not break on what they do not understand: %o',
    (payload) => {
      const [act] = actsOf([anEvent(1, 'tool', 'call', payload)])
      expect(act).toMatchObject({ tool: 'a tool', arguments: {}, basis: {}, findings: {} })
    },
  )
})
