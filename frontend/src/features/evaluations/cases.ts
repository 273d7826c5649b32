// What came of an evaluation's cases: each with all its askings, how long they took, and what two evaluations share.
import type { CaseResult, CaseStatus } from '@/api/evaluations'

/** A case with its askings; it passed when each of them did. */
export interface CaseGroup {
  caseId: string
  status: CaseStatus
  flaky: boolean
  attempts: CaseResult[]
}

function statusOf(attempts: readonly CaseResult[]): CaseStatus {
  if (attempts.some(({ status }) => status === 'error')) return 'error'
  return attempts.every(({ status }) => status === 'passed') ? 'passed' : 'failed'
}

/** Results by case, in the order they come. */
export function groupsOf(results: readonly CaseResult[]): CaseGroup[] {
  const found = new Map<string, CaseResult[]>()
  for (const result of results) found.set(result.caseId, [...(found.get(result.caseId) ?? []), result])
  return [...found].map(([caseId, attempts]) => {
    const once = attempts.some(({ status }) => status === 'passed')
    const status = statusOf(attempts)
    return { caseId, status, flaky: once && status !== 'passed', attempts }
  })
}

/** Those of a status ("" for any) whose id has the text. */
export const wantedOf = (groups: readonly CaseGroup[], status: string, text: string): CaseGroup[] =>
  groups.filter(
    (one) =>
      (!status || (status === 'flaky' ? one.flaky : one.status === status)) &&
      one.caseId.toLowerCase().includes(text.trim().toLowerCase()),
  )

/** How long the answers took, shortest first. */
export const latenciesOf = (results: readonly CaseResult[]): number[] =>
  results.flatMap(({ latencyMs }) => (typeof latencyMs === 'number' ? [latencyMs] : [])).sort((a, b) => a - b)

/** The least of the values that a share of them does not exceed (nearest rank); undefined of nothing. */
export const quantile = (sorted: readonly number[], share: number): number | undefined =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]

const MOST_POINTS = 200

/** The share of answers that took at most x: a step for each, thinned when there are very many. */
export function distributionOf(sorted: readonly number[]): { x: number; y: number }[] {
  const every = Math.max(1, Math.ceil(sorted.length / MOST_POINTS))
  const points = sorted.map((x, at) => ({ x, y: (at + 1) / sorted.length }))
  const kept = points.filter((_, at) => at % every === every - 1 || at === points.length - 1)
  const first = sorted[0]
  return first === undefined ? [] : [{ x: first, y: 0 }, ...kept]
}
