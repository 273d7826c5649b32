import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'

import { problemOf } from '@/api/problem'
import type { Lineage } from '@/api/registry'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Mono } from '@/components/facts'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { placeOf } from '@/features/agents/registry/moves'
import { promote, registryChanged, rollBack } from '@/features/agents/registry/queries'

export const isTampered = (error: unknown): boolean => problemOf(error).code === 'VERSION_TAMPERED'

interface TamperedProps {
  versionId: string
  lineage: Lineage | undefined
  error: unknown
}

/** A version whose record is not what was written: nothing of it is shown or run, and this is how to get rid of it. */
export function Tampered({ versionId, lineage, error }: TamperedProps) {
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  const isDefault = lineage !== undefined && placeOf(lineage, versionId) === 'default'
  const isOut = lineage?.items.find((node) => node.versionId === versionId)?.status === 'quarantined'
  const act = isDefault ? 'Roll back' : 'Quarantine'
  return (
    <Card title="This version is refused" labelledBy="refused" className="border-l-4 border-l-bad">
      <div role="alert" className="max-w-prose space-y-2">
        <p className="font-medium text-bad">{problemOf(error).title}</p>
        <p>
          Its stored record is not the one that was registered: one of its hashes differs. Nothing of it runs,
          and what it says of itself is not shown, since it cannot be trusted. An incident of S1 was opened.
        </p>
      </div>
      <ol className="mt-3 max-w-prose list-decimal space-y-1 pl-5">
        <li>
          {isOut
            ? 'It is in quarantine, and stays there for good.'
            : isDefault
              ? 'Roll it back: the version approved before it takes its place at once, and this one is quarantined.'
              : 'Quarantine it: its record stays as it is, for whoever looks into it.'}
        </li>
        <li>
          Find out who wrote to the table: see the{' '}
          <Link to="/platform-incidents?status=open" className="text-accent underline underline-offset-2">
            platform’s incidents
          </Link>{' '}
          and the runbook <Mono>version-tampered</Mono>.
        </li>
        <li>Push the agent again; the new version has a record of its own.</li>
      </ol>
      {!isOut && (
        <Button look="danger" className="mt-4" onClick={() => setAsking(true)}>
          {act}
        </Button>
      )}
      {asking && (
        <ConfirmDialog
          reason
          title={`${act}: ${lineage?.agent ?? versionId}`}
          action={act}
          run={async (reason) => {
            await (isDefault
              ? rollBack(versionId, reason, '')
              : promote(versionId, { to: 'quarantined', reason }))
            await registryChanged(client)
          }}
          onClose={() => setAsking(false)}
        >
          <p>It does not come back from there: its record no longer holds.</p>
        </ConfirmDialog>
      )}
    </Card>
  )
}
