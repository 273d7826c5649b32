import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'

import { FINAL_STATUSES, type Job } from '@/api/types'
import { Facts, Mono } from '@/components/facts'
import { type Column, DataTable } from '@/components/listing'
import { Output } from '@/components/output'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { shortOf } from '@/components/short-id'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { mayInvoke, useProfile } from '@/features/bff/session'
import { followRun } from '@/features/bridge/events'
import { type Attempt, attemptsOf } from '@/features/bridge/jobs/attempts'
import { ProgressBar } from '@/features/bridge/jobs/progress-bar'
import { cancelJobs, type From, jobsChanged, requeueJob } from '@/features/bridge/jobs/queries'
import { useJob } from '@/features/bridge/queries'
import { useRunLog } from '@/features/bridge/use-run-log'
import { sentenceCase } from '@/lib/format'

const LINK = 'text-accent underline underline-offset-2'

const ATTEMPTS: Column<Attempt>[] = [
  { head: 'Attempt', cell: ({ number }) => number },
  { head: 'Began', cell: ({ beganAt }) => <Time at={beganAt} /> },
  { head: 'From', cell: ({ checkpoint }) => (checkpoint ? `Checkpoint ${checkpoint}` : 'The beginning') },
  { head: 'Ended', cell: ({ ended }) => (ended ? sentenceCase(ended.toLowerCase()) : '—') },
]

function CancelButton({ job }: { job: Job }) {
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => cancelJobs([job.jobId]),
    onSettled: () => jobsChanged(client),
  })
  const refused = cancel.data?.items.find((one) => !one.done)
  return (
    <>
      <Button look="danger" onClick={() => cancel.mutate()} disabled={cancel.isPending}>
        {cancel.isPending ? 'Cancelling…' : 'Cancel job'}
      </Button>
      {refused && (
        <p role="alert" className="text-bad">
          {refused.detail}
        </p>
      )}
      {cancel.isError && <ProblemAlert error={cancel.error} />}
    </>
  )
}

/** For a job that ended badly and that no other goes on with. */
function RequeueCard({ job }: { job: Job }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [attempt] = useState(() => crypto.randomUUID())
  const requeue = useMutation({
    mutationFn: (from: From) => requeueJob(job.jobId, from, `${attempt}-${from}`),
    onSuccess: ({ jobId }) => navigate(`/jobs/${jobId}`),
    onSettled: () => jobsChanged(client),
  })
  return (
    <Card title="Do it again" labelledBy="requeue">
      <div className="space-y-3">
        <p>
          A new job gets the same input. {job.checkpointAt ? 'From its last checkpoint' : 'As it stands'}, no
          call with an effect is made twice; from the start, everything is done again.
        </p>
        <div className="flex flex-wrap gap-2">
          <Button look="primary" disabled={requeue.isPending} onClick={() => requeue.mutate('checkpoint')}>
            {requeue.isPending ? 'Requeueing…' : 'Requeue'}
          </Button>
          <Button disabled={requeue.isPending} onClick={() => requeue.mutate('start')}>
            Requeue from the start
          </Button>
        </div>
        {requeue.isError && <ProblemAlert error={requeue.error} />}
      </div>
    </Card>
  )
}

const jobLink = (id: string | null | undefined) =>
  id ? (
    <Link to={`/jobs/${id}`} className={LINK}>
      {shortOf(id)}
    </Link>
  ) : undefined

function Standing({ job }: { job: Job }) {
  return (
    <Card title="How it stands" labelledBy="standing">
      <div className="space-y-4">
        <ProgressBar status={job.status} progress={job.progress} />
        <Facts
          facts={[
            ['Created', <Time key="created" at={job.createdAt} />],
            ['Finished', job.finishedAt && <Time at={job.finishedAt} />],
            ['Attempt', job.attempt],
            ['Last sign of life', job.heartbeatAt && <Time at={job.heartbeatAt} />],
            ['Last checkpoint', job.checkpointAt && <Time at={job.checkpointAt} />],
            [
              'Run',
              <Link key="run" to={`/runs/${job.runId}`} className={LINK}>
                {shortOf(job.runId)}
              </Link>,
            ],
            [
              'Waits for',
              job.approvalId && (
                <Link to={`/approvals/${job.approvalId}`} className={LINK}>
                  an approval
                </Link>
              ),
            ],
            ['Goes on with', jobLink(job.requeuedFrom)],
            ['Requeued as', jobLink(job.requeuedAs)],
          ]}
        />
      </div>
    </Card>
  )
}

/** Its attempts, from the events of its run: those so far, and those still to come. */
function AttemptsCard({ job }: { job: Job }) {
  const { log, follow } = useRunLog()
  const { runId } = job
  useEffect(() => follow((signal) => followRun(runId, 0, signal)), [follow, runId])
  const attempts = attemptsOf(log.events)
  return (
    <Card flush title="Attempts" labelledBy="attempts">
      {log.phase === 'failed' && (
        <div className="p-4">
          <ProblemAlert error={log.error} onRetry={() => follow((signal) => followRun(runId, 0, signal))} />
        </div>
      )}
      {attempts.length === 0 ? (
        <p className="p-4 text-ink-soft">None has begun yet.</p>
      ) : (
        <DataTable
          name="Attempts"
          rows={attempts}
          columns={ATTEMPTS}
          keyOf={({ number }) => String(number)}
        />
      )}
    </Card>
  )
}

function Result({ job }: { job: Job }) {
  const output = job.result?.output
  if (!job.result || (output == null && !job.resultUrl)) return null
  return (
    <Card flush title="Result" labelledBy="result">
      {job.resultUrl && (
        <p className="p-4">
          <a href={job.resultUrl} className={LINK} download>
            Download the result
          </a>
          <span className="ml-2 text-ink-soft">
            good until <Time at={job.resultUrlExpiresAt} />
          </span>
        </p>
      )}
      {output != null && <Output value={output} />}
    </Card>
  )
}

function Details({ job, may }: { job: Job; may: boolean }) {
  const badly = FINAL_STATUSES.has(job.status) && job.status !== 'succeeded'
  return (
    <>
      {job.error && (
        <div role="alert" className="rounded-lg border border-l-4 border-bad/40 border-l-bad bg-surface p-4">
          <p className="font-semibold text-bad">The job did not succeed</p>
          <p className="mt-1">{job.error.message}</p>
          <code className="mt-2 block font-mono text-xs text-ink-soft">{job.error.code}</code>
        </div>
      )}
      <Standing job={job} />
      {may && badly && !job.requeuedAs && <RequeueCard job={job} />}
      <Result job={job} />
      <AttemptsCard key={job.runId} job={job} />
    </>
  )
}

/** One job: how far it is, its attempts, its result, and what can be done about it. */
export function JobPage() {
  const { id = '' } = useParams()
  const job = useJob(id)
  const may = mayInvoke(useProfile())
  const going = job.data && !FINAL_STATUSES.has(job.data.status)
  return (
    <Page
      key={id}
      title={job.data ? `Job of ${job.data.agent}` : 'Job'}
      lead={
        <span className="flex flex-wrap items-center gap-2">
          {job.data && <StatusBadge status={job.data.status} />}
          <Mono>{id}</Mono>
        </span>
      }
      actions={job.data && going && may && <CancelButton job={job.data} />}
    >
      <p role="status" className="sr-only">
        {job.data && `The job is ${job.data.status.replaceAll('_', ' ')}.`}
      </p>
      {job.isPending && <SkeletonRows label="Loading the job" rows={3} />}
      {job.isError && <ProblemAlert error={job.error} onRetry={() => void job.refetch()} />}
      {job.data && <Details job={job.data} may={may} />}
    </Page>
  )
}
