import { describe, expect, it } from 'vitest'

import { checkSwitch, isWhole, named } from '@/features/kill-switches/check'

const draft = { scope: 'agent', target: 'echo-agent', reason: 'r' }

describe('a kill switch', () => {
  it('says what it stops and why', () => {
    expect(checkSwitch(draft)).toEqual({})
    expect(checkSwitch({ ...draft, target: ' ' }).target).toContain('which agent')
    expect(checkSwitch({ ...draft, reason: '' }).reason).toBeDefined()
  })

  it('names a run with its tenant', () => {
    const run = { ...draft, scope: 'run' }
    expect(checkSwitch({ ...run, target: 'run_1' }).target).toContain('tenant/run_')
    expect(checkSwitch({ ...run, target: `acme/run_${'0'.repeat(32)}` })).toEqual({})
  })

  it('needs no target for the platform, which has to be typed all the same', () => {
    const whole = { ...draft, scope: 'platform', target: '' }
    expect(checkSwitch(whole)).toEqual({})
    expect(named(whole)).toBe('platform')
    expect(named({ ...draft, target: ' echo-agent ' })).toBe('echo-agent')
  })
})

describe('a kill switch of a tenant’s own', () => {
  it('names a run by its id alone', () => {
    const run = { ...draft, scope: 'run', target: `run_${'0'.repeat(32)}` }
    expect(checkSwitch(run, 'acme')).toEqual({})
    expect(checkSwitch({ ...run, target: `acme/${run.target}` }, 'acme').target).toContain('run_…')
  })

  it('needs no target for all agents, and has the tenant’s id typed', () => {
    const whole = { ...draft, scope: 'tenant', target: '' }
    expect(checkSwitch(whole, 'acme')).toEqual({})
    expect(named(whole, 'acme')).toBe('acme')
    expect(checkSwitch(whole).target).toContain('which tenant')
    expect([isWhole('platform', 'acme'), isWhole('platform', undefined)]).toEqual([false, true])
  })
})
