import { type QueryClient, useQuery } from '@tanstack/react-query'

import { getTagged, patchJson, postJson } from '@/api/client'
import { address, type Pages, usePages, useWhole } from '@/api/pages'
import type { BulkOutcome, Instance } from '@/api/registry'
import type { MoveTo } from '@/features/incidents/instances/moves'

const OWN = '/v1/instances'
const LIVE_MS = 10_000

/** Whose instances: the caller's own tenant's, or for operators those of the tenant that is named. */
const home = (tenant: string | undefined): string =>
  tenant === undefined ? OWN : address('/v1/tenants', tenant, '/instances')

export const useInstances = (tenant: string | undefined): Pages<Instance> =>
  useWhole(usePages<Instance>(`instances-${tenant ?? ''}`, home(tenant), 100, {}, LIVE_MS))

/** One instance with the version to name when it is changed. */
export function useInstance(agent: string) {
  return useQuery({
    queryKey: ['instances-', 'one', agent],
    queryFn: ({ signal }) => getTagged<Instance>(address(OWN, agent), signal),
    refetchInterval: LIVE_MS,
  })
}

export const moveInstance = (agent: string, status: MoveTo, reason: string, etag: string) =>
  patchJson<Instance>(address(OWN, agent), { status, reason }, etag)

/** Each by itself: the answer says what became of which. */
export const moveInstances = (
  tenant: string | undefined,
  agents: readonly string[],
  status: MoveTo,
  reason: string,
) => postJson<BulkOutcome>(`${home(tenant)}/bulk`, { agents, status, reason })

export const instancesChanged = async (client: QueryClient, tenant?: string): Promise<void> => {
  await client.invalidateQueries({ queryKey: [`instances-${tenant ?? ''}`] })
  await client.invalidateQueries({ queryKey: ['incidents', 'hold'] })
}
