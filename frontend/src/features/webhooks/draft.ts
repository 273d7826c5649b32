import type { NewWebhook, Webhook, WebhookChange } from '@/api/automation'
import type { Errors } from '@/lib/use-form'

export interface WebhookDraft {
  url: string
  events: string[]
  description: string
}

export const EMPTY_WEBHOOK: WebhookDraft = { url: '', events: [], description: '' }
const LONGEST_DESCRIPTION = 200
const MOST_FILTERS = 32

export const draftOf = ({ url, events, description }: Webhook): WebhookDraft => ({
  url,
  events: [...events],
  description,
})

/** What is plain to see; whether the platform sends there is the API's to say. */
export function checkWebhook({ url, events, description }: WebhookDraft): Errors<WebhookDraft> {
  return {
    ...(!/^https?:\/\/\S+$/i.test(url.trim()) && {
      url: 'An address such as https://example.com/hooks/ambit.',
    }),
    ...(events.length === 0 && { events: 'Choose at least one.' }),
    ...(events.length > MOST_FILTERS && { events: `At most ${MOST_FILTERS}: choose whole families.` }),
    ...(description.trim().length > LONGEST_DESCRIPTION && {
      description: `At most ${LONGEST_DESCRIPTION} characters.`,
    }),
  }
}

export const webhookOf = ({ url, events, description }: WebhookDraft): NewWebhook => ({
  url: url.trim(),
  events,
  description: description.trim(),
})

/** What a draft changes of an endpoint. */
export function changeOf(webhook: Webhook, draft: WebhookDraft): WebhookChange {
  const wanted = webhookOf(draft)
  const same = [...wanted.events].sort().join() === [...webhook.events].sort().join()
  return {
    ...(wanted.url !== webhook.url && { url: wanted.url }),
    ...(!same && { events: wanted.events }),
    ...(wanted.description !== webhook.description && { description: wanted.description }),
  }
}

/** The moment that a browser's field of a date and a time shows, as the API wants it; undefined of none. */
export function sinceOf(field: string): string | undefined {
  const at = new Date(field)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** A moment for such a field: this browser's clock, to the minute. */
export function fieldOf(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}
