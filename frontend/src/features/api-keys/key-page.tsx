import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'

import type { ApiKey, IssuedApiKey } from '@/api/types'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { IssuedKey } from '@/features/api-keys/issued-key'
import { keysChanged, revokeKey, useApiKey } from '@/features/api-keys/queries'
import { RotateDialog } from '@/features/api-keys/rotate-dialog'
import { formatNumber } from '@/lib/format'

interface ActionsProps {
  apiKey: ApiKey
  onIssued: (issued: IssuedApiKey) => void
}

function Actions({ apiKey, onIssued }: ActionsProps) {
  const client = useQueryClient()
  const [asking, setAsking] = useState<'rotate' | 'revoke'>()
  const close = () => setAsking(undefined)
  return (
    <>
      <Button onClick={() => setAsking('rotate')}>Rotate</Button>
      <Button look="danger" onClick={() => setAsking('revoke')}>
        Revoke
      </Button>
      {asking === 'rotate' && <RotateDialog apiKey={apiKey} onIssued={onIssued} onClose={close} />}
      {asking === 'revoke' && (
        <ConfirmDialog
          title={`Revoke ${apiKey.name}`}
          action="Revoke key"
          run={async () => {
            await revokeKey(apiKey.keyId)
            await keysChanged(client)
          }}
          onClose={close}
        >
          <p>Within a minute nothing can call with this key any more. This cannot be taken back.</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function Details({ apiKey }: { apiKey: ApiKey }) {
  return (
    <>
      <Card title="What it may do" labelledBy="grant">
        <Facts
          facts={[
            ['Scopes', apiKey.scopes.join(', ')],
            ['Agents', apiKey.agents?.join(', ') ?? 'Every agent'],
            ['Domains', apiKey.domains?.join(', ') ?? 'Every domain'],
            ['Addresses', apiKey.ipAllow?.join(', ') ?? 'Any address'],
            ['Requests per second', apiKey.ratePerSecond ?? 'The tenant’s limit'],
          ]}
        />
      </Card>
      <Card title="Use" labelledBy="use">
        <Facts
          facts={[
            ['Uses', formatNumber(apiKey.useCount ?? 0)],
            ['Last used', <Time key="used" at={apiKey.lastUsedAt} />],
            ['Created', <Time key="created" at={apiKey.createdAt} />],
            ['Created by', <Mono key="by">{apiKey.createdBy}</Mono>],
            ['Rotated', apiKey.rotatedAt && <Time key="rotated" at={apiKey.rotatedAt} />],
            ['Revoked', apiKey.revokedAt && <Time key="revoked" at={apiKey.revokedAt} />],
            ['Ends', <Time key="ends" at={apiKey.expiresAt} />],
          ]}
        />
      </Card>
      <Card title="Secrets that work" labelledBy="secrets">
        {apiKey.secrets.length === 0 && <p className="text-ink-soft">None: the key has ended.</p>}
        <ul className="space-y-1">
          {apiKey.secrets.map(({ prefix, expiresAt }) => (
            <li key={prefix}>
              <Mono>{prefix}…</Mono>{' '}
              <span className="text-ink-soft">
                until <Time at={expiresAt} />
              </span>
            </li>
          ))}
        </ul>
      </Card>
    </>
  )
}

export function KeyPage() {
  const { id = '' } = useParams()
  const key = useApiKey(id)
  const [issued, setIssued] = useState<IssuedApiKey>()
  return (
    <Page
      title={key.data ? `Key ${key.data.name}` : 'API key'}
      lead={
        <span className="flex flex-wrap items-center gap-2">
          {key.data && <StatusBadge status={key.data.status} />}
          <Mono>{id}</Mono>
        </span>
      }
      actions={key.data?.status === 'active' && <Actions apiKey={key.data} onIssued={setIssued} />}
    >
      {issued && <IssuedKey issued={issued} onDone={() => setIssued(undefined)} />}
      {key.isPending && <SkeletonRows label="Loading the key" rows={3} />}
      {key.isError && <ProblemAlert error={key.error} onRetry={() => void key.refetch()} />}
      {key.data && <Details apiKey={key.data} />}
    </Page>
  )
}
