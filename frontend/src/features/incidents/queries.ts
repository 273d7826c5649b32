import { type QueryClient, useQuery } from '@tanstack/react-query'

import { call, getJson, getTagged, patchJson, postJson } from '@/api/client'
import { address, type Filters, usePages } from '@/api/pages'
import type { Incident, IncidentSummary, Hold, IncidentChange, MitigationAction } from '@/api/types'

const INCIDENTS = '/v1/incidents'
const PLATFORM = '/v1/platform/incidents'
const POLL_MS = 5000

/** Whose incidents: the tenant's own, or the platform's for operators. */
export const home = (platform: boolean) => (platform ? PLATFORM : INCIDENTS)

export const useIncidents = (platform: boolean, filters: Filters) =>
  usePages<IncidentSummary>(platform ? 'platform-incidents' : 'incidents', home(platform), 25, filters)

/** One incident with its version; it is looked at again, since it may go on. */
export function useIncident(id: string, platform: boolean) {
  return useQuery({
    queryKey: ['incidents', 'one', id, platform],
    queryFn: ({ signal }) => getTagged<Incident>(address(home(platform), id), signal),
    refetchInterval: POLL_MS,
  })
}

export function useHold(agent: string) {
  return useQuery({
    queryKey: ['incidents', 'hold', agent],
    queryFn: ({ signal }) => getJson<Hold>(address('/v1/agents', agent, '/hold'), signal),
  })
}

export const incidentsChanged = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: ['incidents'] })

export const patchIncident = (id: string, platform: boolean, change: IncidentChange, etag: string) =>
  patchJson<Incident>(address(home(platform), id), change, etag)

export const mitigate = (id: string, action: MitigationAction, reason: string, target?: string) =>
  postJson<unknown>(address(INCIDENTS, id, '/mitigations'), { action, reason, ...(target ? { target } : {}) })

export const resetAgent = (agent: string, reason: string) =>
  postJson<Hold>(address('/v1/agents', agent, '/reset'), { reason })

export async function postmortem(id: string): Promise<string> {
  const answer = await call(address(INCIDENTS, id, '/postmortem'), { headers: { accept: 'text/markdown' } })
  return answer.text()
}
