import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'

import type { IssuedWebhook, NewWebhook } from '@/api/automation'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { FormBox } from '@/components/ui/form-box'
import { checkWebhook, EMPTY_WEBHOOK, webhookOf } from '@/features/webhooks/draft'
import { IssuedSecret } from '@/features/webhooks/issued-secret'
import { createWebhook, webhooksChanged } from '@/features/webhooks/queries'
import { WebhookFields } from '@/features/webhooks/webhook-fields'
import { useForm } from '@/lib/use-form'

/** How the endpoint answered the challenge it was sent when it was registered. */
function ChallengeOutcome({ issued }: { issued: IssuedWebhook }) {
  if (issued.status === 'active')
    return <p>It answered the challenge: it is sent what you chose from now on.</p>
  return (
    <div className="space-y-1">
      <p className="font-medium">It has not met the challenge yet, so it is sent nothing.</p>
      {issued.challengeFailure && <p className="text-ink-soft">{issued.challengeFailure}</p>}
      <p className="text-ink-soft">
        A receiver that verifies signatures needs the secret first: store it there, then choose “Challenge
        again” on the next page.
      </p>
    </div>
  )
}

function Challenge() {
  return (
    <p className="rounded-md border bg-sunken/40 p-3 text-sm">
      The endpoint is sent a <strong>challenge</strong> at once: a signed event <code>webhook.challenge</code>
      . Within 5 seconds it must answer 2xx and repeat <code>data.challenge</code>, as the body or as{' '}
      <code>{'{"challenge": "…"}'}</code>. Until it has, it is sent nothing else.
    </p>
  )
}

export function NewWebhookPage() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm(EMPTY_WEBHOOK, checkWebhook)
  const create = useMutation({
    mutationFn: (wanted: NewWebhook) => createWebhook(wanted, form.attempt),
    gcTime: 0, // the answer holds the secret
    onSuccess: () => webhooksChanged(client),
    onError: form.refused,
  })
  return (
    <Page
      title="Register a webhook"
      lead="An endpoint of yours that is told what happens in your tenant, in signed messages."
    >
      {create.data ? (
        <>
          <IssuedSecret
            issued={create.data}
            title="The endpoint is registered"
            onDone={() => void navigate(`/webhooks/${create.data.webhookId}`)}
          />
          <Card title="The challenge" labelledBy="challenge">
            <ChallengeOutcome issued={create.data} />
          </Card>
        </>
      ) : (
        <Card>
          <FormBox form={form} onSend={(draft) => create.mutate(webhookOf(draft))} className="max-w-3xl">
            <WebhookFields form={form} />
            <Challenge />
            {create.isError && <ProblemAlert error={create.error} />}
            <div className="flex gap-2">
              <Button type="submit" look="primary" disabled={create.isPending}>
                {create.isPending ? 'Registering…' : 'Register endpoint'}
              </Button>
              <ButtonLink to="/webhooks">Back to the webhooks</ButtonLink>
            </div>
          </FormBox>
        </Card>
      )}
    </Page>
  )
}
