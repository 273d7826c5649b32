import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'

import { itemsOf } from '@/api/pages'
import { type CancelledJobs, FINAL_STATUSES, type JobSummary } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Filter, oneOf, useFilters } from '@/components/filter'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { shortOf } from '@/components/short-id'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { useAgents } from '@/features/agents/queries'
import { mayInvoke, useProfile } from '@/features/bff/session'
import { ProgressBar } from '@/features/bridge/jobs/progress-bar'
import { cancelJobs, jobsChanged, useJobs } from '@/features/bridge/jobs/queries'
import { beginOf, PERIODS } from '@/features/bridge/since'
import { formatMoney } from '@/lib/format'

const STATUSES = [
  ...['queued', 'running', 'awaiting_approval', 'paused', 'retrying'],
  ...['succeeded', 'failed', 'halted', 'cancelled', 'timed_out'],
] as const
const MOST = 50
const asIs = (name: string): string => name
const periodName = (name: string): string => PERIODS.find(([one]) => one === name)?.[1] ?? name

const COLUMNS: Column<JobSummary>[] = [
  {
    head: 'Job',
    cell: (job) => (
      <Link to={`/jobs/${job.jobId}`} className="text-accent underline underline-offset-2">
        <span className="font-mono text-[0.8125rem]">{shortOf(job.jobId)}</span>
        <span className="sr-only"> of {job.agent}</span>
      </Link>
    ),
  },
  { head: 'Agent', cell: ({ agent }) => <span className="font-medium">{agent}</span> },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { head: 'Progress', cell: (job) => <ProgressBar status={job.status} progress={job.progress} /> },
  { head: 'Attempt', cell: ({ attempt }) => attempt ?? '—', end: true, wide: true },
  { head: 'Created', cell: ({ createdAt }) => <Time at={createdAt} />, wide: true },
  { head: 'Cost', cell: ({ cost }) => formatMoney(cost), end: true, wide: true },
]

const isOpen = (job: JobSummary): boolean => !FINAL_STATUSES.has(job.status)

/** A box for each job that goes on, before its link. */
function choosing(chosen: readonly string[], choose: (jobId: string) => void): Column<JobSummary>[] {
  const [first, ...rest] = COLUMNS
  const cell = (job: JobSummary) => (
    <span className="flex items-center gap-2">
      <input
        type="checkbox"
        aria-label={`Choose ${job.jobId}`}
        checked={chosen.includes(job.jobId)}
        disabled={!isOpen(job)}
        onChange={() => choose(job.jobId)}
      />
      {first?.cell(job)}
    </span>
  )
  return [{ head: 'Job', cell }, ...rest]
}

/** What became of jobs that were to be cancelled: said, and those that could not be by name. */
function Cancelled({ done, failed, items }: CancelledJobs) {
  return (
    <div role="status" className="rounded-lg border bg-surface p-4">
      <p>{done === 1 ? 'One job is cancelled.' : `${done} jobs are cancelled.`}</p>
      {failed > 0 && (
        <ul className="mt-2 text-sm text-bad">
          {items
            .filter((one) => !one.done)
            .map((one) => (
              <li key={one.jobId}>
                {shortOf(one.jobId)}: {one.detail}
              </li>
            ))}
        </ul>
      )}
    </div>
  )
}

/** The jobs that are chosen, and the way to cancel them all. */
function useCancelling(jobs: readonly JobSummary[]) {
  const [named, setNamed] = useState<readonly string[]>([])
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: (jobIds: string[]) => cancelJobs(jobIds),
    onSuccess: () => setNamed([]),
    onSettled: () => jobsChanged(client),
  })
  const chosen = jobs.filter((job) => isOpen(job) && named.includes(job.jobId)).map(({ jobId }) => jobId)
  const choose = (jobId: string) =>
    setNamed((now) =>
      now.includes(jobId) ? now.filter((one) => one !== jobId) : [...now, jobId].slice(-MOST),
    )
  return { chosen, choose, cancel }
}

/** Every job of the tenant, with how far it is, and the way to stop several at once. */
export function JobsPage() {
  const [value, filter, clear] = useFilters()
  const [now] = useState(Date.now)
  const agents = itemsOf(useAgents()).map(({ name }) => name)
  const agent = value('agent')
  const status = oneOf(STATUSES, value('status'))
  const begin = beginOf(value('period'), now)
  const jobs = useJobs({
    agent,
    status,
    from: begin === undefined ? undefined : new Date(begin).toISOString(),
  })
  const { chosen, choose, cancel } = useCancelling(itemsOf(jobs))
  const may = mayInvoke(useProfile())
  const filtered = Boolean(agent || status || begin)
  return (
    <Page
      title="Jobs"
      lead="What runs in the background, newest first, and how far it is."
      actions={
        may && (
          <Button
            look="danger"
            disabled={chosen.length === 0 || cancel.isPending}
            onClick={() => cancel.mutate(chosen)}
          >
            {cancel.isPending ? 'Cancelling…' : `Cancel chosen (${chosen.length})`}
          </Button>
        )
      }
    >
      <div role="search" aria-label="Filters" className="flex flex-wrap items-end gap-4">
        <Filter
          label="Agent"
          options={agent && !agents.includes(agent) ? [...agents, agent] : agents}
          value={agent}
          onChange={filter('agent')}
          nameOf={asIs}
        />
        <Filter label="Status" options={STATUSES} value={status} onChange={filter('status')} />
        <Filter
          label="Created"
          options={PERIODS.map(([name]) => name)}
          value={value('period')}
          onChange={filter('period')}
          nameOf={periodName}
        />
      </div>
      {cancel.isError && <ProblemAlert error={cancel.error} />}
      {cancel.isSuccess && <Cancelled {...cancel.data} />}
      <Listing
        name="Jobs, newest first"
        list={jobs}
        columns={may ? choosing(chosen, choose) : COLUMNS}
        keyOf={(job) => job.jobId}
        more="Show older jobs"
        empty={
          filtered ? (
            <EmptyState title="No such job" action={<Button onClick={clear}>Clear the filters</Button>}>
              No job fits these filters, so far as it was looked.
            </EmptyState>
          ) : (
            <EmptyState title="No jobs yet" action={<ButtonLink to="/agents">Choose an agent</ButtonLink>}>
              Run an agent in the background and its progress appears here.
            </EmptyState>
          )
        }
      />
    </Page>
  )
}
