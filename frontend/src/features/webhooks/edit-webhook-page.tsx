import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'

import type { Webhook, WebhookChange } from '@/api/automation'
import { problemOf } from '@/api/problem'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { FormBox } from '@/components/ui/form-box'
import { SkeletonRows } from '@/components/ui/skeleton'
import { changeOf, checkWebhook, draftOf } from '@/features/webhooks/draft'
import { changeWebhook, useWebhook, webhooksChanged } from '@/features/webhooks/queries'
import { WebhookFields } from '@/features/webhooks/webhook-fields'
import { useForm } from '@/lib/use-form'

const STALE = 412

function EditForm({ webhook, etag }: { webhook: Webhook; etag: string }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const path = `/webhooks/${webhook.webhookId}`
  const form = useForm(draftOf(webhook), checkWebhook)
  const save = useMutation({
    mutationFn: async (change: WebhookChange) => {
      if (Object.keys(change).length > 0) await changeWebhook(webhook.webhookId, change, etag)
    },
    onSuccess: async () => {
      await webhooksChanged(client)
      await navigate(path)
    },
    onError: async (error) => {
      form.refused(error)
      // the version to name is read again; what was typed stays
      if (problemOf(error).status === STALE) await webhooksChanged(client)
    },
  })
  const moved = form.draft.url.trim() !== webhook.url
  return (
    <FormBox form={form} onSend={(draft) => save.mutate(changeOf(webhook, draft))} className="max-w-3xl">
      <WebhookFields form={form} />
      {moved && (
        <p role="status" className="rounded border-l-4 border-warn bg-warn-soft px-3 py-2 text-sm">
          At another URL it has to meet a challenge again, and is sent nothing until it has.
        </p>
      )}
      {save.isError && <ProblemAlert error={save.error} />}
      {save.isError && problemOf(save.error).status === STALE && (
        <p className="text-sm">What you wrote is still here. Save again to put it over the other change.</p>
      )}
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={save.isPending}>
          {save.isPending ? 'Saving…' : 'Save'}
        </Button>
        <ButtonLink to={path}>Back</ButtonLink>
      </div>
    </FormBox>
  )
}

export function EditWebhookPage() {
  const { id = '' } = useParams()
  const found = useWebhook(id, false)
  return (
    <Page title="Change a webhook">
      {found.isPending && <SkeletonRows label="Loading the endpoint" rows={6} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && (
        <Card>
          <EditForm webhook={found.data.value} etag={found.data.etag} />
        </Card>
      )}
    </Page>
  )
}
