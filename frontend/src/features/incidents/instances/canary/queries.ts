import { type QueryClient, useQuery } from '@tanstack/react-query'

import { call, getTagged, postJson, putJson } from '@/api/client'
import { address } from '@/api/pages'
import type { Canary, CanaryShare } from '@/api/registry'
import { isGoing } from '@/features/incidents/instances/canary/words'

const [LIVE_MS, CALM_MS] = [3000, 15_000]
const path = (agent: string): string => address('/v1/instances', agent, '/canary')

/** A canary with the version to name when it is changed; read often while sessions go to it. */
export function useCanary(agent: string) {
  return useQuery({
    queryKey: ['instances-', 'canary', agent],
    queryFn: ({ signal }) => getTagged<Canary>(path(agent), signal),
    refetchInterval: ({ state }) => (state.data && isGoing(state.data.value) ? LIVE_MS : CALM_MS),
  })
}

/** Start a canary, or change the share of the one that is on. */
export const setShare = (agent: string, wanted: CanaryShare, etag: string) =>
  putJson<Canary>(path(agent), wanted, etag)

export const endCanary = (agent: string, etag: string) =>
  call(path(agent), { method: 'DELETE', headers: { 'if-match': etag } })

/** Start, change or (0 percent) end a tenant's canary as an operator; who changes it last is right. */
export const setTenantsShare = (tenant: string, agent: string, wanted: CanaryShare) =>
  postJson<Canary>(address('/v1/tenants', tenant, address('/instances', agent, '/canary')), wanted)

/** The canary stands in the instance's record: both are read again. */
export const canaryChanged = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: ['instances-'] })
