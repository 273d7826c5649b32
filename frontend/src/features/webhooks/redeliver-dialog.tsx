import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Webhook } from '@/api/automation'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { fieldOf, sinceOf } from '@/features/webhooks/draft'
import { deliveriesChanged, redeliverAll } from '@/features/webhooks/queries'
import { useForm } from '@/lib/use-form'

const DAY_MS = 86_400_000

interface RedeliverDialogProps {
  webhook: Webhook
  onDone: (words: string) => void
  onClose: () => void
}

/** What was begun again, in words. */
export function sayRedelivered(count: number, more: boolean): string {
  if (count === 0) return 'Nothing has failed since then.'
  const begun = count === 1 ? 'One delivery was begun again.' : `${count} deliveries were begun again.`
  return more ? `${begun} There are more: send again what failed once more for the rest.` : begun
}

/** Sends everything again that failed since a moment: from when it began to fail, unless another is said. */
export function RedeliverDialog({ webhook, onDone, onClose }: RedeliverDialogProps) {
  const client = useQueryClient()
  const [since] = useState(() =>
    fieldOf(new Date(webhook.failingSince ? Date.parse(webhook.failingSince) : Date.now() - DAY_MS)),
  )
  const form = useForm({ since }, (draft) =>
    sinceOf(draft.since) ? {} : { since: 'Choose a day and a time.' },
  )
  const send = useMutation({
    mutationFn: (from: string) => redeliverAll(webhook.webhookId, sinceOf(from) ?? ''),
    onSuccess: async ({ items, more }) => {
      await deliveriesChanged(client, webhook.webhookId)
      onDone(sayRedelivered(items.length, more))
      onClose()
    },
    onError: form.refused,
  })
  return (
    <Dialog title="Send again what failed" onClose={onClose}>
      <FormBox form={form} onSend={(draft) => send.mutate(draft.since)}>
        <p>
          Each keeps its id and its bytes, with a fresh timestamp and signature. A receiver that drops what it
          has seen takes nothing twice.
        </p>
        <TextField
          form={form}
          name="since"
          label="Events from"
          type="datetime-local"
          hint="On your clock. Deliveries are kept for 30 days."
        />
        {send.isError && <ProblemAlert error={send.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" look="primary" disabled={send.isPending}>
            {send.isPending ? 'Beginning…' : 'Send again'}
          </Button>
        </div>
      </FormBox>
    </Dialog>
  )
}
