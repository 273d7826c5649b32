import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'

import type { ApiKey, AwsCaller } from '@/api/types'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { callersChanged, deleteCaller, useApiKeys, useAwsCallers } from '@/features/api-keys/queries'
import { formatNumber } from '@/lib/format'

const KEY_COLUMNS: Column<ApiKey>[] = [
  {
    head: 'Name',
    cell: ({ keyId, name }) => (
      <Link to={`/api-keys/${keyId}`} className="font-medium text-accent underline underline-offset-2">
        {name}
      </Link>
    ),
  },
  { head: 'Begins with', cell: ({ prefix }) => <Mono>{prefix}…</Mono> },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { head: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
  { head: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  { head: 'Uses', cell: ({ useCount }) => formatNumber(useCount ?? 0), end: true },
]

function RemoveCaller({ caller }: { caller: AwsCaller }) {
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button look="danger" aria-label={`Remove ${caller.name}`} onClick={() => setAsking(true)}>
        Remove
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Remove ${caller.name}`}
          action="Remove AWS role"
          run={async () => {
            await deleteCaller(caller.callerId)
            await callersChanged(client)
          }}
          onClose={() => setAsking(false)}
        >
          <p>Within a minute the role can no longer call. It can be let in again later.</p>
        </ConfirmDialog>
      )}
    </>
  )
}

const CALLER_COLUMNS: Column<AwsCaller>[] = [
  { head: 'Name', cell: ({ name }) => <span className="font-medium">{name}</span> },
  { head: 'Role', cell: ({ roleArn }) => <Mono>{roleArn}</Mono> },
  { head: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { head: 'Actions', cell: (caller) => <RemoveCaller caller={caller} />, end: true },
]

/** How a tenant's machines get in: by key, or as an AWS role. */
export function KeysPage() {
  return (
    <Page
      title="API keys"
      lead="What services of your tenant call with. A key does what it was made for and no more."
      actions={
        <>
          <ButtonLink to="/aws-callers/new">Let an AWS role in</ButtonLink>
          <ButtonLink to="/api-keys/new" look="primary">
            Create a key
          </ButtonLink>
        </>
      }
    >
      <Listing
        name="API keys, newest first"
        list={useApiKeys()}
        columns={KEY_COLUMNS}
        keyOf={({ keyId }) => keyId}
        more="Show older keys"
        empty={<EmptyState title="No keys yet">Create one for each service that calls Ambit.</EmptyState>}
      />
      <Listing
        title="AWS roles"
        name="AWS roles that may call"
        list={useAwsCallers()}
        columns={CALLER_COLUMNS}
        keyOf={({ callerId }) => callerId}
        more="Show older roles"
        empty={
          <EmptyState title="No AWS roles yet">
            A workload on AWS can call with its own role, and needs no key to keep.
          </EmptyState>
        }
      />
    </Page>
  )
}
