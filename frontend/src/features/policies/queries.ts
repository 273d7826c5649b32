import { type QueryClient, useQuery } from '@tanstack/react-query'

import { getJson, getTagged, postJson, putJson, type Tagged } from '@/api/client'
import { address, usePages } from '@/api/pages'
import type { Decision, JsonObject, Policy, PolicySummary, Simulation } from '@/api/types'

const POLICIES = '/v1/policies'

export interface Override {
  override: JsonObject
  shadow?: JsonObject
}

/** A call as an agent would ask for it, and what its run has used before. */
export interface Question {
  tool: string
  params: JsonObject
  costUsage: string
  callsSoFar: number
  tainted: boolean
}

export const usePolicies = () => usePages<PolicySummary>('policies', POLICIES, 50)

export function usePolicy(id: string) {
  return useQuery({
    queryKey: ['policies', id],
    queryFn: ({ signal }) => getTagged<Policy>(address(POLICIES, id), signal),
  })
}

/** A version never changes, so it is read once. */
export function useVersion(id: string, version: number) {
  return useQuery({
    queryKey: ['policies', id, version],
    queryFn: ({ signal }) => getJson<Policy>(address(POLICIES, id, `?version=${version}`), signal),
    staleTime: Infinity,
  })
}

export const policiesChanged = (client: QueryClient) => client.invalidateQueries({ queryKey: ['policies'] })

export const createPolicy = (policy: { name: string; agent?: string } & Override, attempt: string) =>
  postJson<Policy>(POLICIES, policy, { headers: { 'idempotency-key': attempt } })

/** The version after the one that `seen` is; the API refuses when there is a newer one. */
export const putPolicy = (seen: Tagged<Policy>, next: Override) =>
  putJson<Policy>(address(POLICIES, seen.value.policyId), next, seen.etag)

export const evaluate = (policyId: string, context: Question) =>
  postJson<Decision>('/v1/policy/evaluate', { policyId, context })

export const simulate = (agent: string, override: JsonObject) =>
  postJson<Simulation>('/v1/policy/simulate', { agent, override, runs: 100 })
