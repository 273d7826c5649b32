import { Link } from 'react-router'

import type { Run } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { modeLabel } from '@/components/mode-badge'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useRuns } from '@/features/bridge/queries'
import { formatDuration, formatMoney } from '@/lib/format'

const HEAD = ['Run', 'Agent', 'Mode', 'Status', 'Started', 'Duration', 'Cost']
const CELL = 'px-4 py-2.5 whitespace-nowrap'

function Row({ run }: { run: Run }) {
  return (
    <tr className="hover:bg-sunken/60">
      <th scope="row" className={`${CELL} text-left font-normal`}>
        <Link to={`/runs/${run.runId}`} className="text-accent underline underline-offset-2">
          <Mono>…{run.runId.slice(-10)}</Mono>
          <span className="sr-only"> of {run.agent}</span>
        </Link>
      </th>
      <td className={`${CELL} font-medium`}>{run.agent}</td>
      <td className={CELL}>{modeLabel(run.mode)}</td>
      <td className={CELL}>
        <StatusBadge status={run.status} />
      </td>
      <td className={CELL}>
        <Time at={run.createdAt} />
      </td>
      <td className={`${CELL} text-right tabular-nums`}>
        {run.usage ? formatDuration(run.usage.durationMs) : '—'}
      </td>
      <td className={`${CELL} text-right tabular-nums`}>{run.cost ? formatMoney(run.cost) : '—'}</td>
    </tr>
  )
}

function RunsTable({ runs }: { runs: Run[] }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Runs, scrollable">
      <table className="w-full text-sm">
        <caption className="sr-only">Runs, newest first</caption>
        <thead className="border-b bg-sunken/60 text-xs text-ink-soft">
          <tr>
            {HEAD.map((name, column) => (
              <th
                key={name}
                scope="col"
                className={`px-4 py-2 font-medium ${column > 4 ? 'text-right' : 'text-left'}`}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {runs.map((run) => (
            <Row key={run.runId} run={run} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function RunsPage() {
  const runs = useRuns()
  const found = runs.data?.pages.flatMap((page) => page.items) ?? []
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
      {runs.isError && <ProblemAlert error={runs.error} onRetry={() => void runs.refetch()} />}
      <Card flush>
        {runs.isPending && <SkeletonRows label="Loading the runs" />}
        {runs.isSuccess && found.length === 0 && (
          <EmptyState title="No runs yet" action={<ButtonLink to="/agents">Choose an agent</ButtonLink>}>
            Run an agent and its history, usage and cost appear here.
          </EmptyState>
        )}
        {found.length > 0 && <RunsTable runs={found} />}
      </Card>
      {runs.hasNextPage && (
        <Button onClick={() => void runs.fetchNextPage()} disabled={runs.isFetchingNextPage}>
          Show older runs
        </Button>
      )}
    </Page>
  )
}
