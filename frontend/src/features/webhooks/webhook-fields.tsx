import { TextField } from '@/components/ui/text-field'
import type { WebhookDraft } from '@/features/webhooks/draft'
import { EventChoices } from '@/features/webhooks/event-choices'
import type { FormOf } from '@/lib/use-form'

/** What an endpoint is and asks for. */
export function WebhookFields({ form }: { form: FormOf<WebhookDraft> }) {
  return (
    <>
      <TextField
        form={form}
        name="url"
        label="URL"
        type="url"
        spellCheck={false}
        placeholder="https://example.com/hooks/ambit"
        hint="HTTPS, on port 443 or 8443, at a public address. Others than administrators see its host only."
      />
      <TextField
        form={form}
        name="description"
        label="Description"
        hint="What it is for. May be left empty."
      />
      <EventChoices
        chosen={form.draft.events}
        onChange={(events) => form.set('events', events)}
        error={form.errors.events}
      />
    </>
  )
}
