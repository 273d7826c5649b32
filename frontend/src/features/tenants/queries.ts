import { type QueryClient, useQuery } from '@tanstack/react-query'

import { call, getJson, getTagged, patchJson, postJson } from '@/api/client'
import { address, type Filters, usePages } from '@/api/pages'
import type { NewTenant, Operation, Tenant, TenantRecord, TenantSettings } from '@/api/types'

const TENANTS = '/v1/tenants'
const POLL_MS = 1500
const CHANGING = new Set(['provisioning', 'deleting'])

export const STATUSES = ['provisioning', 'active', 'suspended', 'failed', 'deleting', 'deleted'] as const
export const TIERS = ['basic', 'standard', 'premium'] as const

export const useTenants = (filters: Filters) => usePages<TenantRecord>('tenants', TENANTS, 25, filters)

/** One tenant, read again while the platform is at work on it. */
export function useTenant(id: string) {
  return useQuery({
    queryKey: ['tenants', id],
    queryFn: ({ signal }) => getJson<TenantRecord>(address(TENANTS, id), signal),
    refetchInterval: ({ state }) => (state.data && CHANGING.has(state.data.status) ? POLL_MS : false),
  })
}

export const isOver = (operation: Operation): boolean =>
  operation.status === 'succeeded' || operation.status === 'failed'

export const OPERATIONS = '/v1/operations'
export const OWN_EXPORTS = '/v1/tenant/exports'

/** One operation, read again until it is over. `home` is where the person may look at it. */
export function useOperation(id: string, home: string) {
  return useQuery({
    queryKey: ['operations', id],
    queryFn: ({ signal }) => getJson<Operation>(address(home, id), signal),
    // looking at an export that is done opens its downloads, which the audit log notes each time
    staleTime: ({ state }) => (state.data && isOver(state.data) ? Infinity : 0),
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : POLL_MS),
  })
}

/** One's own tenant, with the version that a change has to name. */
export function useOwnTenant() {
  return useQuery({
    queryKey: ['tenant'],
    queryFn: ({ signal }) => getTagged<Tenant>('/v1/tenant', signal),
  })
}

/** Forget what a change has made untrue: the tenant itself and every list it is in. */
export const tenantChanged = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: ['tenants'] })

const once = (attempt: string) => ({ headers: { 'idempotency-key': attempt } })

export const createTenant = (tenant: NewTenant, attempt: string) =>
  postJson<Operation>(TENANTS, tenant, once(attempt))
export const suspendTenant = (id: string, reason: string) =>
  postJson<TenantRecord>(address(TENANTS, id, '/suspend'), { reason })
export const reinstateTenant = (id: string) => postJson<TenantRecord>(address(TENANTS, id, '/reinstate'))

export const exportTenant = (id: string, attempt: string) =>
  postJson<Operation>(address(TENANTS, id, '/export'), undefined, once(attempt))
export const exportOwnTenant = (attempt: string) =>
  postJson<Operation>('/v1/tenant/export', undefined, once(attempt))
export const changeOwnTenant = (changes: TenantSettings, etag: string) =>
  patchJson<Tenant>('/v1/tenant', changes, etag)

/** Close a tenant for good and erase what it has. The API wants the id once more, and the version that is there. */
export async function deleteTenant(id: string): Promise<void> {
  const { etag } = await getTagged<TenantRecord>(address(TENANTS, id))
  const headers = { 'if-match': etag }
  await call(address(TENANTS, id), { method: 'DELETE', body: { confirm: id }, headers })
}
