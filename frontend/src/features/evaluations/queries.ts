import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { getJson, postJson } from '@/api/client'
import type {
  CaseResult,
  Comparison,
  Evaluation,
  EvaluationStatus,
  EvidenceKey,
  EvidenceLink,
  NewEvaluation,
  Suite,
  SuiteContent,
} from '@/api/evaluations'
import { address, type Pages, usePages, useWhole } from '@/api/pages'
import { isOver, pollAfter } from '@/features/evaluations/progress'

const RUNS = '/v1/evaluation-runs'
const SUITES = '/v1/evaluation-suites'
const LIST_MS = 15_000

export interface EvaluationsOf {
  versionId?: string
  agent?: string
  suite?: string
  status?: EvaluationStatus | ''
}

/** Evaluations, newest first: all, or those that the API is asked for. A page may be short and not the last. */
export function useEvaluations({
  versionId = '',
  agent = '',
  suite = '',
  status = '',
}: EvaluationsOf = {}): Pages<Evaluation> {
  return usePages<Evaluation>('evaluations', RUNS, 100, { versionId, agent, suite, status }, LIST_MS)
}

/** One evaluation, read again while it goes on, less and less often the longer it takes. */
export function useEvaluation(id: string) {
  return useQuery({
    queryKey: ['evaluations', 'one', id],
    queryFn: ({ signal }) => getJson<Evaluation>(address(RUNS, id), signal),
    refetchInterval: ({ state }) => pollAfter(state.data, Date.now()),
    enabled: id !== '',
  })
}

/** All that came of an evaluation's cases so far; read again whenever more of them are decided. */
export function useCases(id: string, evaluation: Evaluation | undefined): Pages<CaseResult> {
  const client = useQueryClient()
  const cases = useWhole(usePages<CaseResult>(`cases-${id}`, address(RUNS, id, '/cases'), 100))
  const [decided, over] = [evaluation?.decided, evaluation && isOver(evaluation)]
  useEffect(() => {
    void client.invalidateQueries({ queryKey: [`cases-${id}`] })
  }, [client, id, decided, over])
  return cases
}

export const useSuites = (): Pages<Suite> => useWhole(usePages<Suite>('suites', SUITES, 100))

/** A version of a suite with its cases; it never changes. */
export function useSuite(name: string, version: number | undefined) {
  const query = version === undefined ? '' : `?version=${version}`
  return useQuery({
    queryKey: ['suites', 'one', name, version],
    queryFn: ({ signal }) => getJson<SuiteContent>(address(SUITES, name, query), signal),
    staleTime: version === undefined ? 10_000 : Infinity,
    enabled: name !== '',
  })
}

/** An evaluation beside another, or beside the parent version's latest when none is named. */
export function useComparison(id: string, baseline: string) {
  const query = baseline ? `?${new URLSearchParams({ with: baseline }).toString()}` : ''
  return useQuery({
    queryKey: ['evaluations', 'comparison', id, baseline],
    queryFn: ({ signal }) => getJson<Comparison>(address(RUNS, id, `/comparison${query}`), signal),
  })
}

export const startEvaluation = (wanted: NewEvaluation, attempt: string) =>
  postJson<Evaluation>(RUNS, wanted, { headers: { 'idempotency-key': attempt } })

export const cancelEvaluation = (id: string) => postJson<Evaluation>(address(RUNS, id, '/cancel'))
export const resumeEvaluation = (id: string) => postJson<Evaluation>(address(RUNS, id, '/resume'))

/** Where an evaluation's bundle is, for some minutes. */
export const evidenceLink = (id: string) => getJson<EvidenceLink>(address(RUNS, id, '/evidence'))

/** The public keys that evidence is signed with. */
export const evidenceKeys = (): Promise<EvidenceKey[]> =>
  getJson<{ items: EvidenceKey[] }>('/v1/evidence-keys').then(({ items }) => items)

export const evaluationsChanged = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: ['evaluations'] })
