import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'

import type { Operation } from '@/api/types'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { OperationCard } from '@/features/tenants/operation-card'

interface ExportCardProps {
  begin: (attempt: string) => Promise<Operation>
  /** Where the person may look at the operation. */
  home: string
}

/** Begins an export of all that a tenant has, and follows it to its files. */
export function ExportCard({ begin, home }: ExportCardProps) {
  const [attempt, setAttempt] = useState<string>(() => crypto.randomUUID())
  const started = useMutation({
    mutationFn: () => begin(attempt),
    onSuccess: () => setAttempt(crypto.randomUUID()),
  })
  return (
    <>
      <Card
        title="Export everything"
        labelledBy="export"
        actions={
          <Button onClick={() => started.mutate()} disabled={started.isPending}>
            {started.isPending ? 'Beginning…' : 'Begin an export'}
          </Button>
        }
      >
        <p className="text-ink-soft">
          All records and files of the tenant, with a manifest of their hashes. It is written to the audit
          log.
        </p>
        {started.isError && <ProblemAlert error={started.error} />}
      </Card>
      {started.data && (
        <OperationCard key={started.data.operationId} id={started.data.operationId} home={home} />
      )}
    </>
  )
}
