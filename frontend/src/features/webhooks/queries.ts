import { type QueryClient, useQuery } from '@tanstack/react-query'

import type {
  Delivery,
  DeliveryStatus,
  IssuedWebhook,
  NewWebhook,
  Redelivered,
  Webhook,
  WebhookChange,
} from '@/api/automation'
import { call, getJson, getTagged, patchJson, postJson } from '@/api/client'
import { address, itemsOf, usePages, useWhole } from '@/api/pages'

const WEBHOOKS = '/v1/webhooks'
const LIST_MS = 15_000
const ONE_MS = 5000
const LOG_MS = 3000
const BULK = 500

/** All of the tenant's; there are at most twenty. */
export function useWebhooks() {
  return useQuery({
    queryKey: ['webhooks', 'all'],
    queryFn: ({ signal }) => getJson<{ items: Webhook[] }>(WEBHOOKS, signal),
    refetchInterval: LIST_MS,
  })
}

/** One with the version to name when it is changed; it is looked at again, since it may begin or cease to answer. */
export function useWebhook(id: string, again = true) {
  return useQuery({
    queryKey: ['webhooks', 'one', id],
    queryFn: ({ signal }) => getTagged<Webhook>(address(WEBHOOKS, id), signal),
    refetchInterval: again && ONE_MS,
  })
}

/** What was sent, newest first; read again while it is looked at, since attempts go on by themselves. */
export function useDeliveries(id: string, status: DeliveryStatus | '') {
  const path = address(WEBHOOKS, id, '/deliveries')
  const deliveries = usePages<Delivery>(`deliveries-${id}`, path, 20, { status }, LOG_MS)
  return useWhole(deliveries, itemsOf(deliveries).length > 0)
}

export const webhooksChanged = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: ['webhooks'] })
export const deliveriesChanged = (client: QueryClient, id: string): Promise<void> =>
  client.invalidateQueries({ queryKey: [`deliveries-${id}`] })

const once = (attempt: string) => ({ headers: { 'idempotency-key': attempt } })

export const createWebhook = (wanted: NewWebhook, attempt: string) =>
  postJson<IssuedWebhook>(WEBHOOKS, wanted, once(attempt))
export const changeWebhook = (id: string, change: WebhookChange, etag: string) =>
  patchJson<Webhook>(address(WEBHOOKS, id), change, etag)
export const deleteWebhook = (id: string, etag: string) =>
  call(address(WEBHOOKS, id), { method: 'DELETE', headers: { 'if-match': etag } })
export const rotateSecret = (id: string, overlapSeconds: number, attempt: string) =>
  postJson<IssuedWebhook>(address(WEBHOOKS, id, '/rotate-secret'), { overlapSeconds }, once(attempt))
export const testWebhook = (id: string) => postJson<unknown>(address(WEBHOOKS, id, '/test'))
export const redeliver = (id: string, deliveryId: string) =>
  postJson<unknown>(`${address(WEBHOOKS, id, '/deliveries')}/${encodeURIComponent(deliveryId)}/redeliver`)
export const redeliverAll = (id: string, since: string) =>
  postJson<Redelivered>(address(WEBHOOKS, id, '/redeliver'), { since, limit: BULK })
