import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import type { Download, Operation } from '@/api/types'
import { Mono } from '@/components/facts'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { isOver, OPERATIONS, tenantChanged, useOperation } from '@/features/tenants/queries'
import { formatBytes } from '@/lib/format'
import { saveFile } from '@/lib/save-file'

const KINDS: Record<string, string> = {
  'tenant.create': 'Provisioning',
  'tenant.change': 'Change of tier or budget',
  'tenant.export': 'Export',
  'tenant.delete': 'Deletion',
}

const AT_ONCE = 100

/** The files of an export. The links work for a short while. */
function Downloads({ files, onRenew }: { files: Download[]; onRenew: () => void }) {
  return (
    <div className="space-y-2">
      <ul aria-label="Files of the export" className="divide-y rounded-md border">
        {files.map(({ name, url, bytes, sha256 }) => (
          <li key={name} className="flex flex-wrap justify-between gap-x-6 gap-y-1 px-3 py-2">
            <a href={url} download={name} className="text-accent underline underline-offset-2">
              {name}
            </a>
            <span className="text-ink-soft">
              {formatBytes(bytes)} · SHA-256 <Mono>{sha256.slice(0, 12)}…</Mono>
            </span>
          </li>
        ))}
      </ul>
      <Button onClick={onRenew}>Renew the links</Button>
      {files.length >= AT_ONCE && (
        <p className="text-ink-soft">
          These are the first files. The command line fetches and checks all of them.
        </p>
      )}
    </div>
  )
}

/** What a deletion proved: to be kept, and handed to whoever asked for it. */
function Certificate({ operation: { operationId, certificate } }: { operation: Operation }) {
  const text = JSON.stringify(certificate, null, 2)
  return (
    <Button onClick={() => saveFile(`certificate-${operationId}.json`, [text], 'application/json')}>
      Save the certificate
    </Button>
  )
}

function Progress({ operation, onRenew }: { operation: Operation; onRenew: () => void }) {
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
      {operation.downloads && <Downloads files={operation.downloads} onRenew={onRenew} />}
      {operation.certificate && <Certificate operation={operation} />}
      <p className="text-ink-soft">
        {over ? 'Ended' : 'Begun'} <Time at={over ? operation.updatedAt : operation.createdAt} />
      </p>
    </div>
  )
}

/** What the platform is doing to a tenant, or did last. When it is over, the tenant is read again. */
export function OperationCard({ id, home = OPERATIONS }: { id: string; home?: string }) {
  const client = useQueryClient()
  const operation = useOperation(id, home)
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
      {operation.data && <Progress operation={operation.data} onRenew={() => void operation.refetch()} />}
    </Card>
  )
}
