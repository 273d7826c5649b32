// A canary in words. How it stands and why, the API says; what counts is in docs/delivery.md.
import type { Canary, Seen } from '@/api/registry'
import type { IncidentSummary } from '@/api/types'

/** Who ends a canary by what was seen. */
const BY_ITSELF = 'svc:canary'
const ROLLED_BACK = 'canary-rolled-back'

/** Why a candidate was taken back. */
export const REASONS: Record<string, string> = {
  error_rate: 'a larger share of its runs failed',
  guardrails: 'guardrails stopped a larger share of its runs',
  latency: 'its runs took much longer',
}

export const rolledBackByItself = ({ status, endedBy }: Canary): boolean =>
  status === 'ended' && endedBy === BY_ITSELF

/** Whether sessions may go to its candidate, or would if it were in order. */
export const isGoing = ({ status }: Canary): boolean => status === 'on' || status === 'void'

/** What is known of the candidate by what was seen so far. */
export function judgement({ verdict, stable, candidate }: Canary): string {
  const runs = (candidate?.runs ?? 0) + (stable?.runs ?? 0)
  if (runs === 0) return 'No run has ended yet: there is nothing to compare.'
  if ((candidate?.runs ?? 0) === 0) return 'No run of the candidate has ended yet.'
  const reason = REASONS[verdict ?? '']
  if (reason) return `The candidate does worse, by more than chance explains: ${reason}.`
  return 'As far as can be told, the candidate does as well.'
}

export const percentText = (share: number): string =>
  `${Number((share * 100).toFixed(share < 0.1 ? 1 : 0))} %`

/** Such as `3 (12 %)`; a dash of nothing. */
export const countText = (count: number, rate: number, { runs }: Seen): string =>
  runs === 0 ? '—' : `${count} (${percentText(rate)})`

/** Whether a text is a share as the API takes it, in percent: from `least` to 100, with two decimals at most. */
export const isShare = (percent: string, least: number): boolean =>
  /^\d{1,3}(\.\d{1,2})?$/.test(percent.trim()) && Number(percent) >= least && Number(percent) <= 100

/** The incident that the end of a canary has opened, or been added to: they gather within an hour. */
export function incidentOf(
  incidents: readonly IncidentSummary[],
  { agent, endedAt }: Canary,
): IncidentSummary | undefined {
  if (!endedAt) return undefined
  // it is written down just after; clocks may differ by some seconds
  const since = Date.parse(endedAt) - 60_000
  return incidents.findLast(
    (one) => one.kind === ROLLED_BACK && one.agent === agent && Date.parse(one.lastEventAt) >= since,
  )
}
