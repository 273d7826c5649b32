import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'react-router'

import { usePages } from '@/api/pages'
import type { AuditEntry } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Field, Select } from '@/components/ui/field'
import { exportLog, type Format, MEDIA } from '@/features/audit/export'
import { useProfile } from '@/features/bff/session'
import { saveFile } from '@/lib/save-file'

const KINDS = [
  ['', 'Everything'],
  ['api_key.', 'API keys'],
  ['aws_caller.', 'AWS roles'],
  ['member.', 'Members'],
  ['invite.', 'Invites'],
  ['tenant.', 'Tenant'],
  ['audit.', 'This log'],
] as const

function Detail({ entry }: { entry: AuditEntry }) {
  return (
    <details>
      <summary className="cursor-pointer text-accent">
        Show<span className="sr-only"> entry {entry.seq}</span>
      </summary>
      <pre className="mt-2 max-w-md font-mono text-xs break-all whitespace-pre-wrap">
        {entry.detail ? JSON.stringify(entry.detail, null, 2) : 'Erased. The chain still holds.'}
        {`\nhash ${entry.hash}`}
      </pre>
    </details>
  )
}

const COLUMNS: Column<AuditEntry>[] = [
  { head: 'No.', cell: ({ seq }) => <span className="tabular-nums">{seq}</span> },
  { head: 'Time', cell: ({ time }) => <Time at={time} /> },
  { head: 'Action', cell: ({ action }) => <Mono>{action}</Mono> },
  { head: 'Target', cell: ({ target }) => <Mono>{target}</Mono> },
  { head: 'By', cell: ({ principalId, actor }) => <Mono>{principalId ?? actor}</Mono> },
  {
    head: 'Decision',
    cell: ({ decision }) => <Badge tone={decision === 'allowed' ? 'good' : 'bad'}>{decision}</Badge>,
  },
  { head: 'Detail', cell: (entry) => <Detail entry={entry} /> },
]

function ExportButtons() {
  const tenant = useProfile()?.tenantId ?? 'tenant'
  const [pieces, setPieces] = useState(0)
  const save = useMutation({
    mutationFn: async (format: Format) => {
      setPieces(0)
      const parts = await exportLog(format, setPieces)
      saveFile(`audit-${tenant}.${format}`, parts, MEDIA[format])
    },
    gcTime: 0,
  })
  return (
    <>
      <Button onClick={() => save.mutate('jsonl')} disabled={save.isPending}>
        Export JSONL
      </Button>
      <Button onClick={() => save.mutate('csv')} disabled={save.isPending}>
        Export CSV
      </Button>
      <span role="status" className="sr-only">
        {save.isPending && `Exporting, ${pieces} pieces so far.`}
        {save.isSuccess && 'The export is saved.'}
      </span>
      {save.isError && <ProblemAlert error={save.error} />}
    </>
  )
}

/** Who changed what in the tenant, newest first. Each entry's hash binds it to the one before. */
export function AuditPage() {
  const [query, setQuery] = useSearchParams()
  const action = KINDS.find(([kind]) => kind === query.get('action'))?.[0] ?? ''
  const entries = usePages<AuditEntry>('audit', '/v1/audit', 50, { action })
  return (
    <Page
      title="Audit"
      lead="Who changed what in your tenant, newest first. Nobody can change or remove an entry."
      actions={<ExportButtons />}
    >
      <div role="search" aria-label="Filters" className="w-52">
        <Field label="About">
          {(props) => (
            <Select
              {...props}
              value={action}
              onChange={({ target }) =>
                setQuery(target.value ? { action: target.value } : {}, { replace: true })
              }
            >
              {KINDS.map(([kind, words]) => (
                <option key={kind} value={kind}>
                  {words}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <Listing
        name="Audit entries, newest first"
        list={entries}
        columns={COLUMNS}
        keyOf={({ seq }) => String(seq)}
        more="Show older entries"
        empty={
          <EmptyState title={entries.hasNextPage ? 'Nothing among the newest entries' : 'No entries'}>
            {entries.hasNextPage ? 'Look at older ones.' : 'What administrators change appears here.'}
          </EmptyState>
        }
      />
    </Page>
  )
}
