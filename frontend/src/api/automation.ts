// Schedules, webhook endpoints and what was sent to them, as the API tells of them; types.check.ts compares.
import type { JsonObject } from '@/api/types'

export type Overlap = 'skip' | 'queue' | 'cancel_previous'
export type CatchUp = 'skip' | 'run_once'
export type ScheduleStatus = 'active' | 'paused' | 'stopped' | 'finished'

/** What became of one time. */
export interface Firing {
  at: string
  result: string
  runId?: string | null
  detail?: string | null
}

export interface Schedule {
  scheduleId: string
  name: string
  agent: string
  input: string
  context?: JsonObject | null
  expression: string
  timeZone: string
  jitterMinutes: number
  overlap: Overlap
  catchUp: CatchUp
  status: ScheduleStatus
  stoppedBecause?: string | null
  createdBy: string
  createdAt: string
  updatedAt: string
  last?: Firing | null
  nextRuns: string[]
}

export interface ScheduleDetail extends Schedule {
  history: Firing[]
}

export interface NewSchedule {
  name: string
  agent: string
  input: string
  context?: JsonObject
  expression: string
  timeZone: string
  jitterMinutes: number
  overlap: Overlap
  catchUp: CatchUp
}

/** What is changed; what is left out stays. */
export type ScheduleChange = Partial<Omit<NewSchedule, 'agent'>>

export type EndpointStatus = 'pending' | 'active' | 'disabled'
export type DeliveryStatus = 'pending' | 'succeeded' | 'failed'

export interface Webhook {
  webhookId: string
  url: string
  events: string[]
  description: string
  status: EndpointStatus
  challengeFailure?: string | null
  secrets: { createdAt: string; expiresAt?: string | null }[]
  circuit: 'closed' | 'open' | 'half_open'
  failingSince?: string | null
  disabledAt?: string | null
  disabledReason?: string | null
  createdBy: string
  createdAt: string
  updatedAt: string
}

/** An endpoint just registered or rotated. A repeated request is answered without the secret. */
export interface IssuedWebhook extends Webhook {
  secret?: string | null
}

export interface NewWebhook {
  url: string
  events: string[]
  description: string
}

export type WebhookChange = Partial<NewWebhook> & { status?: 'active' | 'disabled' }

/** One attempt; `status` is 0 when there was no answer. */
export interface Attempt {
  number: number
  round: number
  at: string
  status: number
  durationMs: number
  succeeded: boolean
  error?: string | null
  response?: Record<string, unknown> | null
}

export interface Delivery {
  deliveryId: string
  webhookId: string
  eventId: string
  type: string
  status: DeliveryStatus
  round: number
  attempt: number
  nextAttemptAt?: string | null
  failure?: string | null
  body: string
  attempts: Attempt[]
  createdAt: string
  finishedAt?: string | null
}

export interface Redelivered {
  items: { deliveryId: string }[]
  more: boolean
}
