import { describe, expect, it } from 'vitest'

import {
  changeOf,
  checkSchedule,
  draftOf,
  emptyDraft,
  objectIn,
  scheduleOf,
} from '@/features/schedules/draft'
import {
  expressionOf,
  fieldOf,
  isBlank,
  momentOf,
  partsOf,
  rateBody,
  rateOf,
  sayExpression,
} from '@/features/schedules/expression'
import { rightsOf } from '@/features/schedules/rights'
import { aSchedule } from '@/features/schedules/testing'
import { onTheClock } from '@/features/schedules/zoned-time'

describe('an expression', () => {
  it.each(['cron(0 9 ? * MON-FRI *)', 'rate(15 minutes)', 'at(2026-03-04T05:06:00)'])(
    'is the same after it was taken apart: %s',
    (expression) => {
      const { kind, body } = partsOf(expression)
      expect(expressionOf(kind, body)).toBe(expression)
    },
  )
  it('of a rate has the singular for one and the plural for all else, also while nothing is written', () => {
    expect(['1', '15', ''].map((number) => rateBody(number, 'hour'))).toEqual([
      '1 hour',
      '15 hours',
      ' hours',
    ])
    expect(rateOf('15 minutes')).toEqual({ number: '15', unit: 'minute' })
    expect(rateOf(' days')).toEqual({ number: '', unit: 'day' })
  })
  it('of a moment has the seconds that a browser leaves out', () => {
    expect(momentOf('2026-03-04T05:06')).toBe('2026-03-04T05:06:00')
    expect(fieldOf('2026-03-04T05:06:00')).toBe('2026-03-04T05:06')
    expect(momentOf('')).toBe('')
  })
  it.each(['at()', 'cron( )', 'rate( hours)'])('says nothing yet: %s', (expression) =>
    expect(isBlank(expression)).toBe(true),
  )
  it('reads as one says it', () => {
    expect(sayExpression('rate(1 hour)', 'UTC')).toBe('Every hour')
    expect(sayExpression('rate(15 minutes)', 'UTC')).toBe('Every 15 minutes')
    expect(sayExpression('at(2026-03-04T05:06:00)', 'Asia/Kolkata')).toBe(
      'Once, 2026-03-04 at 05:06:00 Asia/Kolkata',
    )
    expect(sayExpression('cron(0 9 * * ? *)', 'UTC')).toBe('0 9 * * ? * UTC')
  })
})

describe('a schedule’s form', () => {
  it('wants what the API wants', () => {
    expect(Object.keys(checkSchedule({ ...emptyDraft(), expression: 'at()' })).sort()).toEqual([
      'agent',
      'expression',
      'input',
      'name',
    ])
    const good = draftOf(aSchedule())
    expect(checkSchedule(good)).toEqual({})
    expect(Object.keys(checkSchedule({ ...good, jitterMinutes: '1441', context: '[1]' })).sort()).toEqual([
      'context',
      'jitterMinutes',
    ])
  })
  it('takes an object as context and nothing else', () => {
    expect(['', '{"a": 1}'].map(objectIn)).toEqual([{}, { a: 1 }])
    expect(['[1]', 'null', '{', '1'].map(objectIn)).toEqual([undefined, undefined, undefined, undefined])
  })
  it('sends what was written, and of a change only what changed', () => {
    const schedule = aSchedule({ context: { region: 'north' } })
    const draft = draftOf(schedule)
    expect(scheduleOf(draft)).toMatchObject({
      agent: 'echo-agent',
      context: { region: 'north' },
      jitterMinutes: 0,
    })
    expect(changeOf(schedule, draft)).toEqual({})
    expect(changeOf(schedule, { ...draft, name: 'b', context: '' })).toEqual({ name: 'b', context: {} })
    expect(changeOf(aSchedule(), draftOf(aSchedule()))).toEqual({})
  })
})

describe('what is offered', () => {
  const as = (role: string, subject = 'u-1') => ({ subject, tenantId: 'acme', roles: [role] })
  const offered = (
    profile: Parameters<typeof rightsOf>[0],
    status: 'active' | 'paused' | 'stopped' | 'finished',
  ) =>
    Object.entries(rightsOf(profile, aSchedule({ status })))
      .filter(([, may]) => may)
      .map(([what]) => what)

  it('to who made it is everything that makes sense', () => {
    expect(offered(as('Tenant.Developer'), 'active')).toEqual(['edit', 'run', 'pause', 'remove'])
    expect(offered(as('Tenant.Developer'), 'paused')).toEqual(['edit', 'resume', 'remove'])
    expect(offered(as('Tenant.Developer'), 'stopped')).toEqual(['edit', 'resume', 'remove'])
    expect(offered(as('Tenant.Developer'), 'finished')).toEqual(['edit', 'remove'])
  })
  it('to administrators is to stop others’, and to anybody else nothing', () => {
    expect(offered(as('Tenant.Admin', 'u-2'), 'active')).toEqual(['pause', 'remove'])
    expect(offered(as('Tenant.Admin', 'u-2'), 'paused')).toEqual(['remove'])
    expect(offered(as('Tenant.Developer', 'u-2'), 'active')).toEqual([])
    expect(offered(as('Tenant.Viewer'), 'active')).toEqual([])
  })
})

it('shows a time on the clock of a zone, and on the reader’s where it knows no such zone', () => {
  expect(onTheClock('2026-01-02T03:30:00Z', 'Asia/Kolkata')).toContain('09:00')
  expect(onTheClock('2026-01-02T03:30:00Z', 'Mars/Olympus')).toContain('2026')
})
