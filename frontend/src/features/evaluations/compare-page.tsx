import { Link, useParams } from 'react-router'

import type { CaseResult, Comparison, Evaluation } from '@/api/evaluations'
import { itemsOf } from '@/api/pages'
import { problemOf } from '@/api/problem'
import { DifferenceView } from '@/components/difference-view'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { useFilters } from '@/components/filter'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { shortOf } from '@/components/short-id'
import { StatusBadge } from '@/components/status-badge'
import { Badge } from '@/components/ui/badge'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Select } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { groupsOf } from '@/features/evaluations/cases'
import { LatencyCard } from '@/features/evaluations/latency-card'
import { percent } from '@/features/evaluations/progress'
import { useCases, useComparison, useEvaluation, useEvaluations } from '@/features/evaluations/queries'
import { Rate, StandingBadge } from '@/features/evaluations/standing-badge'
import { formatDateTime } from '@/lib/format'

/** What the paired test says, as a sentence. */
export function sayComparison({ compared, worse, better, pValue, significant }: Comparison): string {
  if (worse.length + better.length === 0) return `Of ${compared} cases none came out otherwise.`
  const p = pValue < 0.001 ? 'p < 0.001' : `p = ${pValue.toFixed(3)}`
  const means = significant
    ? 'More than chance explains at 5 %.'
    : 'Chance alone explains so much: this is no proof of a difference.'
  return `Of ${compared} cases ${better.length} got better and ${worse.length} got worse (McNemar’s exact test, ${p}). ${means}`
}

function Side({ title, one }: { title: string; one: Evaluation | undefined }) {
  return (
    <Card title={title} labelledBy={title.toLowerCase()} actions={one && <StandingBadge one={one} />}>
      {one ? (
        <dl className="space-y-2">
          <div>
            <dt className="text-xs text-ink-soft">Pass rate (95 % interval)</dt>
            <dd className="text-lg font-semibold">
              <Rate one={one} />
            </dd>
          </div>
          <div>
            <dt className="text-xs text-ink-soft">Version</dt>
            <dd>
              <Mono>{one.versionId}</Mono>
            </dd>
          </div>
          <div>
            <dt className="text-xs text-ink-soft">Evaluation</dt>
            <dd>
              <Link
                to={`/evaluations/${one.evaluationId}`}
                className="text-accent underline underline-offset-2"
              >
                {formatDateTime(one.createdAt)}
              </Link>
            </dd>
          </div>
        </dl>
      ) : (
        <SkeletonRows label={`Loading: ${title}`} rows={3} />
      )}
    </Card>
  )
}

const answerOf = (results: readonly CaseResult[], caseId: string) =>
  groupsOf(results).find((group) => group.caseId === caseId)

interface ChangedProps {
  caseId: string
  before: readonly CaseResult[]
  after: readonly CaseResult[]
}

/** A case that came out otherwise, with what was answered before and now. */
function Changed({ caseId, before, after }: ChangedProps) {
  const [old, now] = [answerOf(before, caseId), answerOf(after, caseId)]
  if (!old || !now) return null
  const failing = now.attempts.find(({ status }) => status !== 'passed') ?? now.attempts[0]
  const why = (failing?.scores ?? []).filter(({ passed }) => !passed)
  return (
    <details className="group">
      <summary className="flex cursor-pointer flex-wrap items-center gap-2 px-4 py-2.5 hover:bg-sunken/60">
        <span className="min-w-0 flex-1 font-medium break-all">{caseId}</span>
        <StatusBadge status={old.status} />
        <span aria-hidden>→</span>
        <span className="sr-only">, now:</span>
        <StatusBadge status={now.status} />
      </summary>
      <div className="space-y-3 px-4 pb-4">
        <DifferenceView
          wrap
          name={`Answers to ${caseId}, before and now`}
          before={old.attempts[0]?.output ?? ''}
          after={failing?.output ?? ''}
          same="The same answer."
        />
        {why.map((score, at) => (
          <p key={at} className="text-sm">
            <Badge tone="bad">{score.scorer}</Badge> {score.reason}
          </p>
        ))}
      </div>
    </details>
  )
}

interface ChangesProps extends Omit<ChangedProps, 'caseId'> {
  title: string
  cases: readonly string[]
}

function Changes({ title, cases, before, after }: ChangesProps) {
  if (cases.length === 0) return null
  return (
    <Card title={`${title} (${cases.length})`} labelledBy={title.toLowerCase().replace(' ', '-')} flush>
      <div className="divide-y divide-line">
        {cases.map((caseId) => (
          <Changed key={caseId} caseId={caseId} before={before} after={after} />
        ))}
      </div>
    </Card>
  )
}

function Compared({ one, found }: { one: Evaluation; found: Comparison }) {
  const baseline = useEvaluation(found.baselineId)
  const before = itemsOf(useCases(found.baselineId, baseline.data))
  const after = itemsOf(useCases(one.evaluationId, one))
  return (
    <>
      <div className="grid gap-5 sm:grid-cols-2">
        <Side title="Baseline" one={baseline.data} />
        <Side title="Compared" one={one} />
      </div>
      <Card>
        <p role="status" className="flex flex-wrap items-center gap-2">
          <Badge
            tone={!found.significant ? 'neutral' : found.worse.length > found.better.length ? 'bad' : 'good'}
          >
            {found.significant ? 'Significant' : 'Not significant'}
          </Badge>
          {sayComparison(found)}
        </p>
      </Card>
      <Changes title="Got worse" cases={found.worse} before={before} after={after} />
      <Changes title="Got better" cases={found.better} before={before} after={after} />
      <LatencyCard
        of={[
          { name: 'Baseline', look: 'info', results: before },
          { name: 'Compared', look: 'accent', results: after },
        ]}
      />
    </>
  )
}

function nameOf(one: Evaluation): string {
  return `${shortOf(one.versionId)}, ${formatDateTime(one.createdAt)}: ${percent(one.passRate)}`
}

function Outcome({ one, baseline }: { one: Evaluation; baseline: string }) {
  const found = useComparison(one.evaluationId, baseline)
  if (found.isPending) return <SkeletonRows label="Comparing" rows={4} />
  if (found.isError) {
    if (!baseline && problemOf(found.error).status === 404) {
      return (
        <Card>
          <EmptyState title="Nothing to compare with by itself">{problemOf(found.error).detail}</EmptyState>
        </Card>
      )
    }
    return <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
  }
  return <Compared one={one} found={found.data} />
}

/** Two evaluations by the same version of a suite, case by case; the baseline is part of the address. */
export function ComparePage() {
  const { id = '' } = useParams()
  const [value, set] = useFilters()
  const found = useEvaluation(id)
  const one = found.data
  const others = itemsOf(useEvaluations()).filter(
    (other) => other.evaluationId !== id && other.suiteDigest === one?.suiteDigest && other.decided > 0,
  )
  const baseline = value('with')
  return (
    <Page
      title={one ? `Comparison: ${one.suite} on ${one.agent}` : 'Comparison'}
      lead="The same cases, asked of two versions."
      actions={<ButtonLink to={`/evaluations/${id}`}>Back to the evaluation</ButtonLink>}
    >
      {found.isPending && <SkeletonRows label="Loading the evaluation" rows={4} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {one && (
        <>
          <div className="max-w-xl">
            <Field
              label="Baseline"
              hint={
                others.length === 0 ? 'There is no other evaluation by this version of the suite.' : undefined
              }
            >
              {(props) => (
                <Select {...props} value={baseline} onChange={(event) => set('with')(event.target.value)}>
                  <option value="">The parent version’s latest</option>
                  {baseline && !others.some(({ evaluationId }) => evaluationId === baseline) && (
                    <option value={baseline}>{baseline}</option>
                  )}
                  {others.map((other) => (
                    <option key={other.evaluationId} value={other.evaluationId}>
                      {nameOf(other)}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
          </div>
          <Outcome one={one} baseline={baseline} />
        </>
      )}
    </Page>
  )
}
