import type { Delivery, Webhook } from '@/api/automation'

/** An endpoint for tests. */
export const aWebhook = (fields: Partial<Webhook> = {}): Webhook => ({
  webhookId: 'whk_1',
  url: 'https://example.com/hooks/ambit',
  events: ['job.*'],
  description: 'orders',
  status: 'active',
  secrets: [{ createdAt: '2026-01-01T00:00:00Z' }],
  circuit: 'closed',
  createdBy: 'usr:local:u-1',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...fields,
})

/** A delivery for tests: it failed once. */
export const aDelivery = (fields: Partial<Delivery> = {}): Delivery => ({
  deliveryId: 'dlv_1',
  webhookId: 'whk_1',
  eventId: 'evt_1',
  type: 'job.failed',
  status: 'failed',
  round: 1,
  attempt: 1,
  failure: 'every attempt failed',
  body: '{"type":"job.failed","data":{"jobId":"job_1"}}',
  attempts: [
    {
      number: 1,
      round: 1,
      at: '2026-01-01T00:00:01Z',
      status: 503,
      durationMs: 140,
      succeeded: false,
      response: { headers: { 'content-type': 'text/plain' }, body: 'try later', bytes: 9 },
    },
  ],
  createdAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T00:00:02Z',
  ...fields,
})
