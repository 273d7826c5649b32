import { Link } from 'react-router'

import type { Run } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { type Column, Listing } from '@/components/listing'
import { modeLabel } from '@/components/mode-badge'
import { Page } from '@/components/page'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { useRuns } from '@/features/bridge/queries'
import { formatDuration, formatMoney } from '@/lib/format'

const COLUMNS: Column<Run>[] = [
  {
    head: 'Run',
    cell: (run) => (
      <Link to={`/runs/${run.runId}`} className="text-accent underline underline-offset-2">
        <Mono>…{run.runId.slice(-10)}</Mono>
        <span className="sr-only"> of {run.agent}</span>
      </Link>
    ),
  },
  { head: 'Agent', cell: ({ agent }) => <span className="font-medium">{agent}</span> },
  { head: 'Mode', cell: ({ mode }) => modeLabel(mode) },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { head: 'Started', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { head: 'Duration', cell: ({ usage }) => (usage ? formatDuration(usage.durationMs) : '—'), end: true },
  { head: 'Cost', cell: ({ cost }) => (cost ? formatMoney(cost) : '—'), end: true },
]

export function RunsPage() {
  const runs = useRuns()
  return (
    <Page
      title="Runs"
      lead="Every run of your tenant, newest first."
      actions={
        <Button onClick={() => void runs.refetch()} disabled={runs.isFetching}>
          Refresh
        </Button>
      }
    >
      <Listing
        name="Runs, newest first"
        list={runs}
        columns={COLUMNS}
        keyOf={(run) => run.runId}
        more="Show older runs"
        empty={
          <EmptyState title="No runs yet" action={<ButtonLink to="/agents">Choose an agent</ButtonLink>}>
            Run an agent and its history, usage and cost appear here.
          </EmptyState>
        }
      />
    </Page>
  )
}
