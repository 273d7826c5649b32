import { describe, expect, it } from 'vitest'

import type { Evaluation } from '@/api/evaluations'
import { distributionOf, groupsOf, latenciesOf, quantile, wantedOf } from '@/features/evaluations/cases'
import { historyOf } from '@/features/evaluations/history'
import {
  canCancel,
  canResume,
  ofStanding,
  percent,
  pollAfter,
  standing,
  type Standing,
  statusFor,
  tookOf,
} from '@/features/evaluations/progress'
import { anEvaluation, aResult } from '@/features/evaluations/testing'

const START = Date.parse('2026-01-01T00:00:10Z')

describe('how often an evaluation is looked at', () => {
  it('is at once, then less and less often, and no more when it is over', () => {
    const after = (seconds: number) => pollAfter(anEvaluation(), START + seconds * 1000)
    expect([0, 5, 30, 90, 3600].map(after)).toEqual([1000, 1000, 3000, 9000, 15_000])
    expect(pollAfter(undefined, START)).toBe(1000)
    for (const status of ['succeeded', 'failed', 'cancelled'] as const) {
      expect(pollAfter(anEvaluation({ status }), START)).toBe(false)
    }
  })

  it('counts from when it was asked for while it waits', () =>
    expect(pollAfter(anEvaluation({ status: 'queued', startedAt: null }), START + 20_000)).toBe(3000))
})

describe('how it stands', () => {
  it('is its verdict once there is one', () => {
    expect(standing(anEvaluation({ status: 'succeeded', verdict: 'failed' }))).toBe('failed')
    expect(standing(anEvaluation({ status: 'cancelled' }))).toBe('cancelled')
  })

  it('says what can be done', () => {
    const may = (status: Evaluation['status'], seconds = 5) => [
      canCancel({ status }),
      canResume(anEvaluation({ status }), START + seconds * 1000),
    ]
    expect(may('queued')).toEqual([true, false])
    expect(may('running')).toEqual([true, false])
    expect(may('running', 3600)).toEqual([true, true])
    expect(may('failed')).toEqual([false, true])
    expect(may('succeeded', 3600)).toEqual([false, false])
    expect(may('cancelled', 3600)).toEqual([false, false])
  })

  it('tells how long it took, so far or in all', () => {
    expect(tookOf(anEvaluation(), START + 2500)).toBe(2500)
    expect(tookOf(anEvaluation({ finishedAt: '2026-01-01T00:00:12Z' }), START + 9000)).toBe(2000)
    expect(tookOf(anEvaluation({ startedAt: null }), START)).toBeUndefined()
  })

  it('never rounds what is not all to all', () =>
    expect([1, 0.9961, 0.75, 0.004, 0].map(percent)).toEqual(['100 %', '99.6 %', '75 %', '0.4 %', '0 %']))
})

it('tells evaluations of one state apart by their verdict', () => {
  const all = [
    anEvaluation({ evaluationId: 'evl_1' }),
    anEvaluation({ evaluationId: 'evl_2', status: 'succeeded', verdict: 'passed' }),
    anEvaluation({ evaluationId: 'evl_3', status: 'succeeded', verdict: 'failed' }),
    anEvaluation({ evaluationId: 'evl_4', status: 'failed' }),
  ]
  const ids = (wanted: Parameters<typeof ofStanding>[1]) =>
    ofStanding(all, wanted).map((one) => one.evaluationId)
  expect(ids('')).toHaveLength(4)
  expect(ids('passed')).toEqual(['evl_2'])
  expect(ids('failed')).toEqual(['evl_3', 'evl_4'])
})

it('asks the API for a state only where that leaves out nothing that stands so', () =>
  expect(['', 'queued', 'passed', 'failed'].map((one) => statusFor(one as Standing | ''))).toEqual([
    '',
    'queued',
    'succeeded',
    '',
  ]))

describe('cases', () => {
  const results = [
    aResult('a'),
    aResult('a', { repeat: 1, status: 'failed' }),
    aResult('b'),
    aResult('c', { status: 'error', latencyMs: null }),
  ]

  it('have passed when every asking did, and are flaky when one did and one did not', () => {
    expect(groupsOf(results).map(({ caseId, status, flaky }) => [caseId, status, flaky])).toEqual([
      ['a', 'failed', true],
      ['b', 'passed', false],
      ['c', 'error', false],
    ])
  })

  it('are found by status and by a part of their id', () => {
    const ids = (status: string, text: string) =>
      wantedOf(groupsOf(results), status, text).map(({ caseId }) => caseId)
    expect(ids('', '')).toEqual(['a', 'b', 'c'])
    expect(ids('flaky', '')).toEqual(['a'])
    expect(ids('passed', ' B ')).toEqual(['b'])
    expect(ids('error', 'a')).toEqual([])
  })

  it('have a distribution of what the answers took', () => {
    expect(latenciesOf(results)).toEqual([120, 120, 120])
    expect(distributionOf([10, 20, 20, 40])).toEqual([
      { x: 10, y: 0 },
      { x: 10, y: 0.25 },
      { x: 20, y: 0.5 },
      { x: 20, y: 0.75 },
      { x: 40, y: 1 },
    ])
    expect(distributionOf([])).toEqual([])
    const many = distributionOf(Array.from({ length: 3000 }, (_, at) => at))
    expect(many.length).toBeLessThan(203)
    expect(many.at(-1)).toEqual({ x: 2999, y: 1 })
  })

  it('have quantiles by nearest rank', () => {
    const values = Array.from({ length: 20 }, (_, at) => at + 1)
    expect([quantile(values, 0.5), quantile(values, 0.95), quantile([7], 0.5), quantile([], 0.5)]).toEqual([
      10,
      19,
      7,
      undefined,
    ])
  })
})

it('the history has the last finished evaluation of each version, oldest version first', () => {
  const done = { status: 'succeeded', verdict: 'passed' } as const
  const all = [
    anEvaluation({ evaluationId: 'evl_5', versionId: 'ver_2', ...done, createdAt: '2026-01-05T00:00:00Z' }),
    anEvaluation({ evaluationId: 'evl_4', versionId: 'ver_1', ...done, createdAt: '2026-01-04T00:00:00Z' }),
    anEvaluation({ evaluationId: 'evl_3', versionId: 'ver_1', ...done, createdAt: '2026-01-03T00:00:00Z' }),
    anEvaluation({ evaluationId: 'evl_2', versionId: 'ver_3' }),
    anEvaluation({ evaluationId: 'evl_1', versionId: 'ver_4', ...done, suite: 'other' }),
  ]
  const found = historyOf(all, { agent: 'echo-agent', suite: 'echo-basics' })
  expect(found.map(({ evaluationId }) => evaluationId)).toEqual(['evl_4', 'evl_5'])
  expect(historyOf(all, { agent: 'echo-agent', suite: 'echo-basics' }, 1)).toHaveLength(1)
})
