import { describe, expect, it } from 'vitest'

import { kindsUnderPressure, moneyOf, pressureOf } from '@/features/bridge/curves'
import { aRun, anEvent, RULES } from '@/features/bridge/testing'

const money = (seq: number, spentPico: number, heldPico: number) =>
  anEvent(seq, 'tool', 'call', { money: { spentPico, heldPico } })
const step = (seq: number, number: number, observed: Record<string, number>) =>
  anEvent(seq, 'tool', 'result', { governor: { step: number, observed } })

describe('the money of a run', () => {
  it('is what was spent and held after each event, in dollars and seconds', () => {
    expect(moneyOf([anEvent(1, 'lifecycle', 'started'), money(2, 2e9, 1e9)], aRun())).toEqual([
      { seq: 2, seconds: 2, spent: 0.002, held: 0.001 },
    ])
  })

  it('ends with what the run was settled for', () => {
    const ended = aRun({
      finishedAt: '2026-01-01T00:00:09.000Z',
      cost: { amount: '0.003000', currency: 'USD' },
    })
    const points = moneyOf([money(2, 2e9, 1e9), anEvent(5, 'lifecycle', 'succeeded')], ended)
    expect(points.at(-1)).toEqual({ seq: 5, seconds: 9, spent: 0.003, held: 0 })
  })

  it('has no curve before the first call, whatever an agent writes', () => {
    expect(moneyOf([anEvent(1, 'assistant', 'x', { money: { spentPico: 1 } })], aRun())).toEqual([])
  })
})

describe('the pressure on a run', () => {
  it('is, for each kind of halt, that of its nearest rule', () => {
    const [point] = pressureOf([step(3, 1, { repetition: 2, 'no-progress': 3, calls: 10 })], RULES)
    expect(point?.of.STAGNATION).toEqual({ rule: 'repetition', observed: 2, threshold: 5, ratio: 0.4 })
    expect(point?.of.EXHAUSTION.ratio).toBe(0.05)
    expect(point?.of.SAFETY.ratio).toBe(0)
  })

  it('is in the order of the steps, each once', () => {
    const points = pressureOf([step(4, 2, {}), step(3, 1, {}), step(5, 2, { denials: 1 })], RULES)
    expect(points.map((point) => [point.step, point.of.SAFETY.observed])).toEqual([
      [1, 0],
      [2, 1],
    ])
  })

  it('is not known without thresholds', () => {
    expect(pressureOf([step(3, 1, { repetition: 2 })], [])).toEqual([])
  })

  it('names the kinds that matter, gravest first', () => {
    const points = pressureOf([step(3, 1, { calls: 1 }), step(4, 2, { denials: 1 })], RULES)
    expect(kindsUnderPressure(points)).toEqual(['SAFETY', 'EXHAUSTION'])
  })
})
