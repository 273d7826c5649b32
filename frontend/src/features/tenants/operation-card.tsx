import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import type { Operation } from '@/api/types'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { isOver, tenantChanged, useOperation } from '@/features/tenants/queries'

const KINDS: Record<string, string> = {
  'tenant.create': 'Provisioning',
  'tenant.change': 'Change of tier or budget',
}

function Progress({ operation }: { operation: Operation }) {
  const over = isOver(operation)
  return (
    <div className="space-y-3">
      {!over && (
        <>
          <progress aria-label="Progress" max={100} value={operation.progress} />
          <p className="text-ink-soft">{operation.progress} %</p>
        </>
      )}
      {operation.error && (
        <p className="rounded border-l-4 border-bad bg-bad-soft px-3 py-2">
          {operation.error.message} <code className="font-mono text-xs">{operation.error.code}</code>
        </p>
      )}
      <p className="text-ink-soft">
        {over ? 'Ended' : 'Begun'} <Time at={over ? operation.updatedAt : operation.createdAt} />
      </p>
    </div>
  )
}

/** What the platform is doing to a tenant, or did last. When it is over, the tenant is read again. */
export function OperationCard({ id }: { id: string }) {
  const client = useQueryClient()
  const operation = useOperation(id)
  const over = operation.data && isOver(operation.data)
  useEffect(() => {
    if (over) void tenantChanged(client)
  }, [client, over])
  return (
    <Card
      title={operation.data ? (KINDS[operation.data.kind] ?? operation.data.kind) : 'Operation'}
      labelledBy={`operation-${id}`}
      actions={operation.data && <StatusBadge status={operation.data.status} />}
    >
      <p role="status" className="sr-only">
        {operation.data && `The operation is ${operation.data.status}.`}
      </p>
      {operation.isPending && <SkeletonRows label="Loading the operation" rows={1} />}
      {operation.isError && <ProblemAlert error={operation.error} onRetry={() => void operation.refetch()} />}
      {operation.data && <Progress operation={operation.data} />}
    </Card>
  )
}
