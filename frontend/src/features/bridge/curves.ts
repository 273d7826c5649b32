// What the charts of a run show, worked out from its log: money over time, and the governor's pressure by step.
import type { GovernorRule, HaltKind, Json, JsonObject, Run, RunEvent } from '@/api/types'

export const PICO = 1e12
/** Gravest first, as the governor asks them. */
export const HALT_KINDS: readonly HaltKind[] = ['SAFETY', 'OVERRISK', 'EXTERNAL', 'STAGNATION', 'EXHAUSTION']

/** After an event: seconds since the run began, dollars that were spent, and dollars set aside for calls in flight. */
export interface MoneyPoint {
  seq: number
  seconds: number
  spent: number
  held: number
}

/** After a step: for each kind of halt how near its nearest rule is to its threshold; 1 halts. */
export interface PressurePoint {
  seq: number
  step: number
  of: Record<HaltKind, { ratio: number; rule: string; observed: number; threshold: number }>
}

const object = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
const number = (value: Json | undefined): number => (typeof value === 'number' ? value : 0)

/** The run's money after each event that moved it; the end is what it was settled for. */
export function moneyOf(events: readonly RunEvent[], run: Run): MoneyPoint[] {
  const began = Date.parse(run.startedAt ?? run.createdAt ?? events[0]?.timestamp ?? '')
  const seconds = (at: string) => Math.max(0, (Date.parse(at) - began) / 1000)
  const points = events.flatMap(({ seq, timestamp, payload, stream }) => {
    const money = object(payload.money)
    if (stream !== 'tool' || typeof money.spentPico !== 'number') return []
    const [spent, held] = [money.spentPico / PICO, number(money.heldPico) / PICO]
    return [{ seq, seconds: seconds(timestamp), spent, held }]
  })
  if (points.length === 0 || !run.finishedAt || !run.cost) return points
  const last = events.at(-1)?.seq ?? 0
  return [...points, { seq: last, seconds: seconds(run.finishedAt), spent: Number(run.cost.amount), held: 0 }]
}

function pressure(kind: HaltKind, rules: readonly GovernorRule[], observed: JsonObject) {
  const told = rules
    .filter(({ halt }) => halt === kind)
    .map(({ rule, threshold }) => {
      const seen = number(observed[rule])
      return { rule, threshold, observed: seen, ratio: threshold > 0 ? seen / threshold : 0 }
    })
  return told.reduce((one, other) => (other.ratio > one.ratio ? other : one), {
    rule: '',
    threshold: 0,
    observed: 0,
    ratio: 0,
  })
}

/** One point for each step that the log tells of; none while nobody knows the thresholds. */
export function pressureOf(events: readonly RunEvent[], rules: readonly GovernorRule[]): PressurePoint[] {
  if (rules.length === 0) return []
  const points = new Map<number, PressurePoint>()
  for (const { seq, stream, payload } of events) {
    const told = object(payload.governor)
    if (stream !== 'tool' || typeof told.step !== 'number') continue
    const observed = object(told.observed)
    const of = Object.fromEntries(HALT_KINDS.map((kind) => [kind, pressure(kind, rules, observed)]))
    points.set(told.step, { seq, step: told.step, of: of as PressurePoint['of'] })
  }
  return [...points.values()].sort((one, other) => one.step - other.step)
}

/** The kinds that were ever under pressure. */
export const kindsUnderPressure = (points: readonly PressurePoint[]): HaltKind[] =>
  HALT_KINDS.filter((kind) => points.some(({ of }) => of[kind].ratio > 0))
