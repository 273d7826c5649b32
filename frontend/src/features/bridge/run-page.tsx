import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link, useParams } from 'react-router'

import { FINAL_STATUSES, type Run } from '@/api/types'
import { Mono } from '@/components/facts'
import { ModeBadge } from '@/components/mode-badge'
import { Output } from '@/components/output'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { mayInvoke, useProfile } from '@/features/bff/session'
import { ActsCard } from '@/features/bridge/acts-card'
import { followRun } from '@/features/bridge/events'
import { GovernorCard } from '@/features/bridge/governor-card'
import { MoneyCard } from '@/features/bridge/money-card'
import { cancelRun, historyChanged, useRun } from '@/features/bridge/queries'
import { ReplayCard } from '@/features/bridge/replay-card'
import { RunFacts } from '@/features/bridge/run-facts'
import { Timeline } from '@/features/bridge/timeline'
import { type RunLog, useRunLog } from '@/features/bridge/use-run-log'
import { StopButton } from '@/features/kill-switches/stop-button'
import { FilesOf } from '@/features/files/files-of'

function CancelButton({ run }: { run: Run }) {
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.runId),
    onSettled: () => historyChanged(client),
  })
  return (
    <>
      <Button look="danger" onClick={() => cancel.mutate()} disabled={cancel.isPending}>
        {cancel.isPending ? 'Cancelling…' : 'Cancel run'}
      </Button>
      {cancel.isError && <ProblemAlert error={cancel.error} />}
    </>
  )
}

/** What the run did, and what governs it, from its events: those so far, and those still to come while it goes on. */
function Followed({ run }: { run: Run }) {
  const { runId } = run
  const { log, follow } = useRunLog()
  const client = useQueryClient()
  useEffect(() => follow((signal) => followRun(runId, 0, signal)), [follow, runId])
  useEffect(() => {
    if (log.phase === 'ended') void client.invalidateQueries({ queryKey: ['runs', runId] })
  }, [client, log.phase, runId])
  return (
    <>
      <div className="grid gap-5 lg:grid-cols-2">
        <MoneyCard run={run} events={log.events} />
        <GovernorCard run={run} events={log.events} />
      </div>
      <ActsCard events={log.events} />
      <EventsCard log={log} again={() => follow((signal) => followRun(runId, 0, signal))} />
    </>
  )
}

function EventsCard({ log, again }: { log: RunLog; again: () => void }) {
  return (
    <Card
      flush
      title="Events"
      labelledBy="events"
      actions={
        log.phase === 'live' ? <Badge tone="info">Live</Badge> : <Badge>{log.events.length} events</Badge>
      }
    >
      {log.phase === 'failed' && (
        <div className="p-4">
          <ProblemAlert error={log.error} onRetry={again} />
        </div>
      )}
      {log.events.length === 0 && log.phase === 'live' && (
        <SkeletonRows label="Loading the events" rows={3} />
      )}
      <Timeline events={log.events} />
    </Card>
  )
}

function Details({ run }: { run: Run }) {
  return (
    <>
      {run.error && (
        <div role="alert" className="rounded-lg border border-l-4 border-bad/40 border-l-bad bg-surface p-4">
          <p className="font-semibold text-bad">The run did not succeed</p>
          <p className="mt-1">{run.error.message}</p>
          <p className="mt-2 text-xs text-ink-soft">
            <code className="font-mono">{run.error.code}</code>
          </p>
        </div>
      )}
      <Card title="Usage and cost" labelledBy="usage">
        <RunFacts run={run} />
      </Card>
      <div className="grid items-start gap-5 lg:grid-cols-2">
        {run.input !== undefined && (
          <Card flush title="Input" labelledBy="input">
            <Output value={run.input} />
          </Card>
        )}
        {run.output !== undefined && run.output !== null && (
          <Card flush title="Output" labelledBy="output">
            <FilesOf output={run.output} />
            <Output value={run.output} />
          </Card>
        )}
      </div>
    </>
  )
}

export function RunPage() {
  const { id = '' } = useParams()
  const run = useRun(id)
  const profile = useProfile()
  const going = run.data && !FINAL_STATUSES.has(run.data.status)
  return (
    <Page
      title={run.data ? `Run of ${run.data.agent}` : 'Run'}
      heading={
        run.data ? (
          <>
            Run of{' '}
            <Link to={`/agents/${run.data.agent}`} className="text-accent underline underline-offset-4">
              {run.data.agent}
            </Link>
          </>
        ) : (
          'Run'
        )
      }
      lead={
        <span className="flex flex-wrap items-center gap-2">
          {run.data && <StatusBadge status={run.data.status} />}
          {run.data && <ModeBadge mode={run.data.mode} />}
          <Mono>{id}</Mono>
        </span>
      }
      actions={
        run.data &&
        going && (
          <>
            {mayInvoke(profile) && <CancelButton run={run.data} />}
            <StopButton scope="run" target={id} />
          </>
        )
      }
    >
      <p role="status" className="sr-only">
        {run.data && `The run is ${run.data.status.replaceAll('_', ' ')}.`}
      </p>
      {run.isPending && <SkeletonRows label="Loading the run" rows={3} />}
      {run.isError && <ProblemAlert error={run.error} onRetry={() => void run.refetch()} />}
      {run.data && <Details run={run.data} />}
      {run.data?.recorded && !going && <ReplayCard run={run.data} mayReplay={mayInvoke(profile)} />}
      {run.data && <Followed run={run.data} />}
    </Page>
  )
}
