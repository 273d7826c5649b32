import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'

import type { IssuedWebhook, Webhook } from '@/api/automation'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { Person } from '@/features/bff/person'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { DeliveriesCard } from '@/features/webhooks/deliveries-card'
import { EndpointNotice } from '@/features/webhooks/endpoint-notice'
import { EndpointStatus } from '@/features/webhooks/endpoint-status'
import { IssuedSecret } from '@/features/webhooks/issued-secret'
import {
  changeWebhook,
  deleteWebhook,
  deliveriesChanged,
  testWebhook,
  useWebhook,
  webhooksChanged,
} from '@/features/webhooks/queries'
import { RotateDialog } from '@/features/webhooks/rotate-dialog'

type Ask = 'rotate' | 'disable' | 'delete'

interface ActionsProps {
  webhook: Webhook
  etag: string
  onIssued: (issued: IssuedWebhook) => void
  onSaid: (words: string) => void
  onFailed: (error: Error | null) => void
}

/** Tests and challenges: what is done at once, and said when it is done. */
function Doings({ webhook, etag, onSaid, onFailed }: Omit<ActionsProps, 'onIssued'>) {
  const client = useQueryClient()
  const { webhookId, status } = webhook
  const begin = () => {
    onSaid('')
    onFailed(null)
  }
  const test = useMutation({
    mutationFn: () => testWebhook(webhookId),
    onMutate: begin,
    onSuccess: async () => {
      await deliveriesChanged(client, webhookId)
      onSaid('A test message is on its way: what comes of it appears in the deliveries.')
    },
    onError: onFailed,
  })
  const enable = useMutation({
    mutationFn: () => changeWebhook(webhookId, { status: 'active' }, etag),
    onMutate: begin,
    onSuccess: (now) => {
      onSaid(
        now.status === 'active'
          ? 'It answered the challenge and is active.'
          : 'It did not meet the challenge.',
      )
    },
    onError: onFailed,
    onSettled: () => webhooksChanged(client),
  })
  return (
    <>
      {status === 'active' && (
        <Button disabled={test.isPending} onClick={() => test.mutate()}>
          {test.isPending ? 'Sending…' : 'Send a test'}
        </Button>
      )}
      {status !== 'active' && (
        <Button look="primary" disabled={enable.isPending} onClick={() => enable.mutate()}>
          {enable.isPending ? 'Challenging…' : status === 'pending' ? 'Challenge again' : 'Enable'}
        </Button>
      )}
    </>
  )
}

function Actions(props: ActionsProps) {
  const { webhook, etag, onIssued } = props
  const client = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState<Ask>()
  const close = () => setAsking(undefined)
  return (
    <>
      <Doings {...props} />
      <ButtonLink to={`/webhooks/${webhook.webhookId}/edit`}>Change</ButtonLink>
      <Button onClick={() => setAsking('rotate')}>Rotate secret</Button>
      {webhook.status !== 'disabled' && (
        <Button look="danger" onClick={() => setAsking('disable')}>
          Disable
        </Button>
      )}
      <Button look="danger" onClick={() => setAsking('delete')}>
        Delete
      </Button>
      {asking === 'rotate' && <RotateDialog id={webhook.webhookId} onIssued={onIssued} onClose={close} />}
      {asking === 'disable' && (
        <ConfirmDialog
          title="Disable the endpoint"
          action="Disable endpoint"
          run={async () => {
            await changeWebhook(webhook.webhookId, { status: 'disabled' }, etag)
            await webhooksChanged(client)
          }}
          onClose={close}
        >
          <p>It is sent nothing until it is enabled again. What happens meanwhile is not sent to it later.</p>
        </ConfirmDialog>
      )}
      {asking === 'delete' && (
        <ConfirmDialog
          title="Delete the endpoint"
          action="Delete endpoint"
          run={async () => {
            await deleteWebhook(webhook.webhookId, etag)
            await navigate('/webhooks')
            client.removeQueries({ queryKey: ['webhooks', 'one', webhook.webhookId] })
            await webhooksChanged(client)
          }}
          onClose={close}
        >
          <p>What is on its way to it is given up, and its secret ends. This cannot be taken back.</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function Details({ webhook }: { webhook: Webhook }) {
  return (
    <Card title="Endpoint" labelledBy="endpoint">
      <Facts
        facts={[
          ['URL', <Mono key="url">{webhook.url}</Mono>],
          ['Events', webhook.events.includes('*') ? 'Everything that happens' : webhook.events.join(', ')],
          ['Description', webhook.description],
          ['Registered by', <Person key="by" id={webhook.createdBy} />],
          ['Registered', <Time key="made" at={webhook.createdAt} />],
          ['Changed', <Time key="changed" at={webhook.updatedAt} />],
          [
            webhook.secrets.length > 1 ? 'Signed with each of' : 'Signed with',
            <ul key="secrets">
              {webhook.secrets.map(({ createdAt, expiresAt }) => (
                <li key={createdAt}>
                  the secret of <Time at={createdAt} />
                  {expiresAt && (
                    <>
                      , until <Time at={expiresAt} />
                    </>
                  )}
                </li>
              ))}
            </ul>,
          ],
        ]}
      />
    </Card>
  )
}

/** One endpoint: how it stands, what was sent to it, and what can be done. */
export function WebhookPage() {
  const { id = '' } = useParams()
  const found = useWebhook(id)
  const may = isTenantAdmin(useProfile())
  const [issued, setIssued] = useState<IssuedWebhook>()
  const [said, setSaid] = useState('')
  const [failed, setFailed] = useState<Error | null>(null)
  const webhook = found.data?.value
  return (
    <Page
      title="Webhook"
      lead={
        <span className="flex flex-wrap items-center gap-2">
          {webhook && <EndpointStatus webhook={webhook} />}
          <Mono>{id}</Mono>
        </span>
      }
      actions={
        webhook &&
        may && (
          <Actions
            webhook={webhook}
            etag={found.data?.etag ?? ''}
            onIssued={setIssued}
            onSaid={setSaid}
            onFailed={setFailed}
          />
        )
      }
    >
      {issued && <IssuedSecret issued={issued} title="The new secret" onDone={() => setIssued(undefined)} />}
      <p role="status" className={said ? 'text-sm text-ink-soft' : 'sr-only'}>
        {said}
      </p>
      {failed && <ProblemAlert error={failed} />}
      {found.isPending && <SkeletonRows label="Loading the endpoint" rows={4} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {webhook && <EndpointNotice webhook={webhook} may={may} />}
      {webhook && <Details webhook={webhook} />}
      {webhook && <DeliveriesCard webhook={webhook} may={may} />}
    </Page>
  )
}
