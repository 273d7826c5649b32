import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect } from 'react'

import { FINAL_STATUSES, type Json, type Run, type RunEvent, type RunStatus } from '@/api/types'
import { Output } from '@/components/output'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Skeleton } from '@/components/ui/skeleton'
import type { Answer as AnswerState } from '@/features/agents/use-invocation'
import { isFinal, textOf } from '@/features/bridge/events'
import { historyChanged, useJob } from '@/features/bridge/queries'
import { RunFacts } from '@/features/bridge/run-facts'
import type { RunLog } from '@/features/bridge/use-run-log'
import { Timeline } from '@/features/bridge/timeline'
import { FilesOf } from '@/features/files/files-of'
import { cn } from '@/lib/cn'

function Panel({
  status,
  children,
  footer,
}: {
  status?: RunStatus
  children: ReactNode
  footer?: ReactNode
}) {
  return (
    <Card flush title="Answer" labelledBy="answer" actions={status && <StatusBadge status={status} />}>
      {children}
      {footer && <div className="border-t p-4">{footer}</div>}
    </Card>
  )
}

const RunLink = ({ runId }: { runId: string }) => <ButtonLink to={`/runs/${runId}`}>Open the run</ButtonLink>

/** The output, or where it is when it is too large to come along. */
function Result({ run }: { run: Run }) {
  if (run.outputOmitted)
    return <p className="p-4 text-ink-soft">The output is large: it is on the run’s page.</p>
  if (run.output === undefined || run.output === null) return null
  return (
    <>
      <FilesOf output={run.output} />
      <Output value={run.output} />
    </>
  )
}

function Ending({ run }: { run: Run }) {
  return (
    <div className="space-y-4">
      <RunFacts run={run} terse />
      <RunLink runId={run.runId} />
    </div>
  )
}

function Whole({ run }: { run: Run }) {
  return (
    <Panel status={run.status} footer={<Ending run={run} />}>
      <Result run={run} />
    </Panel>
  )
}

/** A run's last event carries what a whole answer carries. */
function endOf(event: RunEvent | undefined): Run | undefined {
  if (!event || !isFinal(event)) return undefined
  return {
    ...(event.payload as unknown as Partial<Run>),
    runId: event.runId,
    status: event.event as RunStatus,
  } as Run
}

/** Structured things an agent says beside its text, as they come. Its tool calls are on the run's page. */
const remarks = (events: readonly RunEvent[]): RunEvent[] =>
  events.filter(
    ({ stream, payload }) => stream === 'assistant' && payload.type !== 'delta' && payload.type !== 'output',
  )

function spoken(phase: RunLog['phase'], status: RunStatus | undefined): string {
  if (phase === 'live') return 'The agent is answering.'
  return status ? `The run has ended: ${status.replaceAll('_', ' ')}.` : ''
}

function Streamed({ log, stopping }: { log: RunLog; stopping: boolean }) {
  const client = useQueryClient()
  const end = endOf(log.events.at(-1))
  const text = textOf(log.events)
  const extra = remarks(log.events)
  const whole: Json | undefined = text || end?.output === undefined ? undefined : end.output
  useEffect(() => {
    if (log.phase !== 'live') void historyChanged(client)
  }, [client, log.phase])
  return (
    <Panel
      {...(log.phase === 'live' ? { status: 'running' as const } : end && { status: end.status })}
      footer={end && <Ending run={end} />}
    >
      <p role="status" className="sr-only">
        {stopping && log.phase === 'live' ? 'Stopping.' : spoken(log.phase, end?.status)}
      </p>
      <div
        data-testid="streamed-text"
        aria-live="polite"
        aria-busy={log.phase === 'live'}
        className={cn(
          'leading-relaxed break-words whitespace-pre-wrap',
          (text || log.phase === 'live') && 'min-h-16 p-4',
        )}
      >
        {text}
        {log.phase === 'live' && (
          <span aria-hidden className="ml-0.5 inline-block h-4 w-2 translate-y-0.5 animate-pulse bg-accent" />
        )}
      </div>
      {extra.length > 0 && (
        <div className="max-h-[32rem] overflow-auto border-t">
          <Timeline events={extra} />
        </div>
      )}
      {whole !== undefined && end && (
        <div className="border-t">
          <Result run={end} />
        </div>
      )}
      {end?.error && (
        <p role="alert" className="border-t p-4 text-bad">
          {end.error.message} <code className="font-mono text-xs">{end.error.code}</code>
        </p>
      )}
      {log.phase === 'failed' && (
        <div className="p-4">
          <ProblemAlert error={log.error} />
        </div>
      )}
    </Panel>
  )
}

function Background({ jobId, runId }: { jobId: string; runId: string }) {
  const job = useJob(jobId)
  const client = useQueryClient()
  const status = job.data?.status ?? 'queued'
  const over = FINAL_STATUSES.has(status)
  const { percent, message } = job.data?.progress ?? {}
  useEffect(() => {
    if (over) void historyChanged(client)
  }, [client, over])
  return (
    <Panel
      status={status}
      footer={job.data?.result ? <Ending run={job.data.result} /> : <RunLink runId={runId} />}
    >
      <div className="space-y-3 p-4">
        <p role="status">
          {over ? `The job has ended: ${status.replaceAll('_', ' ')}.` : (message ?? 'The job is under way.')}
        </p>
        {!over && <progress aria-label="Progress" max={100} {...(percent != null && { value: percent })} />}
        {job.isError && <ProblemAlert error={job.error} onRetry={() => void job.refetch()} />}
        {job.data?.error && (
          <p role="alert" className="text-bad">
            {job.data.error.message} <code className="font-mono text-xs">{job.data.error.code}</code>
          </p>
        )}
      </div>
      {job.data?.result && <Result run={job.data.result} />}
    </Panel>
  )
}

export function Answer({ answer, log, stopping }: { answer: AnswerState; log: RunLog; stopping: boolean }) {
  switch (answer.kind) {
    case 'none':
      return (
        <Panel>
          <p className="px-4 py-12 text-center text-ink-soft">The answer appears here.</p>
        </Panel>
      )
    case 'waiting':
      return (
        <Panel status="running">
          <div role="status" className="space-y-3 p-4">
            <span className="sr-only">The agent is working.</span>
            <Skeleton className="h-5 w-3/4" />
            <Skeleton className="h-5 w-1/2" />
          </div>
        </Panel>
      )
    case 'stream':
      return log.phase === 'failed' && log.events.length === 0 ? (
        <ProblemAlert error={log.error} />
      ) : (
        <Streamed log={log} stopping={stopping} />
      )
    case 'run':
      return <Whole run={answer.run} />
    case 'job':
      return <Background jobId={answer.job.jobId} runId={answer.job.runId} />
    case 'error':
      return <ProblemAlert error={answer.error} />
  }
}
