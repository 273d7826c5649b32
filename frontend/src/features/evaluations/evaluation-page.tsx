import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'

import type { Evaluation } from '@/api/evaluations'
import { itemsOf } from '@/api/pages'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { ShortId } from '@/components/short-id'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { versionPath } from '@/features/agents/registry/lineage-table'
import { CasesCard } from '@/features/evaluations/cases-card'
import { EvidenceCard } from '@/features/evaluations/evidence-card'
import { HistoryCard } from '@/features/evaluations/history-card'
import { LatencyCard } from '@/features/evaluations/latency-card'
import { Meter } from '@/features/evaluations/meter'
import { canCancel, canResume, isOver, percent, standing, tookOf } from '@/features/evaluations/progress'
import {
  cancelEvaluation,
  evaluationsChanged,
  resumeEvaluation,
  useCases,
  useEvaluation,
} from '@/features/evaluations/queries'
import { Rate, StandingBadge } from '@/features/evaluations/standing-badge'
import { formatDuration, sentenceCase } from '@/lib/format'
import { useNow } from '@/lib/use-now'

function CancelButton({ one }: { one: Evaluation }) {
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Cancel evaluation
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Cancel the evaluation by ${one.suite}`}
          action="Cancel evaluation"
          run={async () => {
            await cancelEvaluation(one.evaluationId)
            await evaluationsChanged(client)
          }}
          onClose={() => setAsking(false)}
        >
          <p>What is decided stays. A cancelled evaluation cannot go on, and gives no verdict.</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function Resume({ one }: { one: Evaluation }) {
  const client = useQueryClient()
  const resume = useMutation({
    mutationFn: () => resumeEvaluation(one.evaluationId),
    onSettled: () => evaluationsChanged(client),
  })
  return (
    <Card title={one.status === 'failed' ? 'It stopped' : 'It goes on for long'} labelledBy="resume">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="max-w-prose">
          No case that is decided is asked again, and those that are not are. What stopped it is in{' '}
          <Mono>runbooks/stuck-evaluation.md</Mono>.
        </p>
        <Button look="primary" onClick={() => resume.mutate()} disabled={resume.isPending}>
          {resume.isPending ? 'Resuming…' : 'Resume evaluation'}
        </Button>
      </div>
      {resume.isError && (
        <div className="mt-3">
          <ProblemAlert error={resume.error} />
        </div>
      )}
    </Card>
  )
}

function Numbers({ one, now }: { one: Evaluation; now: number }) {
  const took = tookOf(one, now)
  return (
    <Card title="Result" labelledBy="result" actions={<StandingBadge one={one} />}>
      <div className="space-y-4">
        <Meter one={one} />
        <Facts
          facts={[
            ['Pass rate (95 % interval)', <Rate key="rate" one={one} />],
            ['Enough is', percent(one.threshold)],
            ['Repeats of each case', one.repeats],
            [
              'Version',
              <Link
                key="version"
                to={versionPath(one.agent, one.versionId)}
                className="text-accent underline underline-offset-4"
              >
                <ShortId id={one.versionId} />
              </Link>,
            ],
            ['Content', <ShortId key="content" id={one.contentHash} />],
            [
              'Suite',
              <Link
                key="suite"
                to={`/evaluation-suites/${one.suite}?version=${one.suiteVersion}`}
                className="text-accent underline underline-offset-2"
              >
                {one.suite}, version {one.suiteVersion}
              </Link>,
            ],
            ['Began', one.trigger === 'candidate' ? 'By itself: a new candidate' : 'On request'],
            ['Asked for', <Time key="created" at={one.createdAt} />],
            ['Took', took === undefined ? undefined : formatDuration(took)],
            ['Error', one.error && <Mono key="error">{JSON.stringify(one.error)}</Mono>],
          ]}
        />
        {(one.flaky?.length ?? 0) > 0 && (
          <p className="text-sm">
            <span className="font-medium">Flaky:</span> passed at one time and did not at another:{' '}
            <Mono>{one.flaky?.join(', ')}</Mono>
          </p>
        )}
      </div>
    </Card>
  )
}

function Details({ one }: { one: Evaluation }) {
  const now = useNow(!isOver(one))
  const cases = useCases(one.evaluationId, one)
  const results = itemsOf(cases)
  return (
    <>
      {canResume(one, now) && <Resume one={one} />}
      <Numbers one={one} now={now} />
      {isOver(one) && <EvidenceCard of={[one]} />}
      <CasesCard evaluation={one} cases={cases} />
      <div className="grid gap-5 empty:hidden lg:grid-cols-2">
        <LatencyCard of={[{ name: 'This evaluation', look: 'accent', results }]} />
        <HistoryCard of={one} />
      </div>
    </>
  )
}

/** One evaluation: how far it is, what came of each case, and what it says of the version. */
export function EvaluationPage() {
  const { id = '' } = useParams()
  const found = useEvaluation(id)
  const one = found.data
  return (
    <Page
      title={one ? `${one.suite} on ${one.agent}` : 'Evaluation'}
      lead={<Mono>{id}</Mono>}
      actions={
        one && (
          <>
            {canCancel(one) && <CancelButton one={one} />}
            {isOver(one) && <ButtonLink to={`/evaluations/${id}/compare`}>Compare</ButtonLink>}
            {isOver(one) && (
              <ButtonLink to={`/evaluations/new?version=${one.versionId}&suite=${one.suite}`}>
                Evaluate again
              </ButtonLink>
            )}
          </>
        )
      }
    >
      <p role="status" className="sr-only">
        {one &&
          (isOver(one)
            ? `The evaluation has ended: ${sentenceCase(standing(one)).toLowerCase()}.`
            : `The evaluation is ${one.status}.`)}
      </p>
      {found.isPending && (
        <Card flush>
          <SkeletonRows label="Loading the evaluation" rows={6} />
        </Card>
      )}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {one && <Details one={one} />}
    </Page>
  )
}
