// How far an evaluation has come, when to look again, and what can be done about it.
import type { Evaluation, EvaluationStatus } from '@/api/evaluations'

const [SOONEST_MS, LATEST_MS, SHARE] = [1000, 15_000, 0.1]
const OVER: ReadonlySet<EvaluationStatus> = new Set(['succeeded', 'failed', 'cancelled'])

/** Whether nothing more happens to it by itself. */
export const isOver = ({ status }: Pick<Evaluation, 'status'>): boolean => OVER.has(status)

const STUCK_MS = 10 * 60_000

/** What can be cancelled is not over. The API has the last word in both. */
export const canCancel = (one: Pick<Evaluation, 'status'>): boolean => !isOver(one)

/** What failed can go on, and what has been going on for so long that it may have stopped. */
export function canResume({ status, createdAt, startedAt }: Evaluation, now: number): boolean {
  if (isOver({ status })) return status === 'failed'
  return now - Date.parse(startedAt ?? createdAt) > STUCK_MS
}

/**
 * Milliseconds until the next look: a tenth of how long it has been going on, between a second and fifteen, so that
 * what is short looks live and what is long costs little. False when it is over.
 */
export function pollAfter(evaluation: Evaluation | undefined, now: number): number | false {
  if (evaluation === undefined) return SOONEST_MS
  if (isOver(evaluation)) return false
  const since = now - Date.parse(evaluation.startedAt ?? evaluation.createdAt)
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, Math.round(since * SHARE)))
}

/** Milliseconds that it took, or has taken by now; undefined before it starts. */
export function tookOf({ startedAt, finishedAt }: Evaluation, now: number): number | undefined {
  if (!startedAt) return undefined
  return Math.max(0, (finishedAt ? Date.parse(finishedAt) : now) - Date.parse(startedAt))
}

/** What one calls how it stands: its verdict where there is one. */
export const standing = ({ status, verdict }: Evaluation): string =>
  status === 'succeeded' && verdict ? verdict : status

export const STANDINGS = ['queued', 'running', 'passed', 'failed', 'cancelled'] as const
export type Standing = (typeof STANDINGS)[number]

/** The state by which the API finds those that stand so. What failed has either not gone well or not gone at all. */
export function statusFor(wanted: Standing | ''): EvaluationStatus | '' {
  if (wanted === 'failed') return ''
  return wanted === 'passed' ? 'succeeded' : wanted
}

/** Those that stand so ("" for any): a verdict is no state, so that the API cannot tell them apart. */
export const ofStanding = (all: readonly Evaluation[], wanted: Standing | ''): Evaluation[] =>
  all.filter((one) => !wanted || standing(one) === wanted)

export const percent = (share: number): string => {
  const value = share * 100
  return `${Number(value.toFixed(value > 99 && value < 100 ? 1 : value < 10 ? 1 : 0))} %`
}

/** `83 % (95 %: 44–97)`, as short as a table has room for. */
export const intervalText = ({ low, high }: Evaluation['interval']): string =>
  `${Math.round(low * 100)}–${Math.round(high * 100)} %`
