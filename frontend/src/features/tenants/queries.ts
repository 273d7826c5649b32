import { type QueryClient, useQuery } from '@tanstack/react-query'

import { getJson, postJson } from '@/api/client'
import { address, type Filters, usePages } from '@/api/pages'
import type { NewTenant, Operation, TenantRecord } from '@/api/types'

const TENANTS = '/v1/tenants'
const POLL_MS = 1500
const CHANGING = new Set(['provisioning', 'deleting'])

export const STATUSES = ['provisioning', 'active', 'suspended', 'failed'] as const
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

/** One operation, read again until it is over. */
export function useOperation(id: string) {
  return useQuery({
    queryKey: ['operations', id],
    queryFn: ({ signal }) => getJson<Operation>(address('/v1/operations', id), signal),
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : POLL_MS),
  })
}

/** Forget what a change has made untrue: the tenant itself and every list it is in. */
export const tenantChanged = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: ['tenants'] })

export const createTenant = (tenant: NewTenant, attempt: string) =>
  postJson<Operation>(TENANTS, tenant, { headers: { 'idempotency-key': attempt } })
export const suspendTenant = (id: string, reason: string) =>
  postJson<TenantRecord>(address(TENANTS, id, '/suspend'), { reason })
export const reinstateTenant = (id: string) => postJson<TenantRecord>(address(TENANTS, id, '/reinstate'))
