import { Link } from 'react-router'

import type { Webhook } from '@/api/automation'
import { EmptyState } from '@/components/empty-state'
import { type Column, DataTable } from '@/components/listing'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { EndpointStatus } from '@/features/webhooks/endpoint-status'
import { useWebhooks } from '@/features/webhooks/queries'

const COLUMNS: Column<Webhook>[] = [
  {
    head: 'Endpoint',
    cell: ({ webhookId, url, description }) => (
      <span className="flex max-w-52 flex-col sm:max-w-96">
        <Link
          to={`/webhooks/${webhookId}`}
          className="truncate font-medium text-accent underline underline-offset-2"
          title={url}
        >
          {url}
        </Link>
        {description && (
          <span className="truncate text-xs text-ink-soft" title={description}>
            {description}
          </span>
        )}
      </span>
    ),
  },
  { head: 'Status', cell: (webhook) => <EndpointStatus webhook={webhook} /> },
  { head: 'Failing since', cell: ({ failingSince }) => <Time at={failingSince} />, wide: true },
  {
    head: 'Events',
    cell: ({ events }) => (
      <span className="block max-w-60 truncate" title={events.join(', ')}>
        {events.includes('*') ? 'Everything' : events.join(', ')}
      </span>
    ),
    wide: true,
  },
  { head: 'Registered', cell: ({ createdAt }) => <Time at={createdAt} />, wide: true },
]

/** Where the tenant's events are sent. */
export function WebhooksPage() {
  const may = isTenantAdmin(useProfile())
  const webhooks = useWebhooks()
  const register = may && (
    <ButtonLink to="/webhooks/new" look="primary">
      Register a webhook
    </ButtonLink>
  )
  return (
    <Page
      title="Webhooks"
      lead="Endpoints that are told what happens in your tenant, in signed messages."
      actions={register}
    >
      {webhooks.isError && <ProblemAlert error={webhooks.error} onRetry={() => void webhooks.refetch()} />}
      <Card flush>
        {webhooks.isPending && <SkeletonRows label="Loading the webhooks" />}
        {webhooks.data?.items.length === 0 && (
          <EmptyState title="No endpoint is registered" action={register}>
            {may
              ? 'Register one to be told when jobs end, approvals wait or budgets run out.'
              : 'Administrators of your tenant can register endpoints.'}
          </EmptyState>
        )}
        {webhooks.data && webhooks.data.items.length > 0 && (
          <DataTable
            name="Webhook endpoints, oldest first"
            rows={webhooks.data.items}
            columns={COLUMNS}
            keyOf={({ webhookId }) => webhookId}
          />
        )}
      </Card>
    </Page>
  )
}
