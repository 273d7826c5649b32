import { useEffect, useRef } from 'react'

import type { CaseResult, Score, SuiteCase } from '@/api/evaluations'
import type { Json } from '@/api/types'
import { type Fact, Facts, Mono } from '@/components/facts'
import { StatusBadge } from '@/components/status-badge'
import { Badge } from '@/components/ui/badge'
import type { CaseGroup } from '@/features/evaluations/cases'
import { formatDuration, formatMoney } from '@/lib/format'

/** A text in a box that scrolls by itself. */
function Box({ name, value }: { name: string; value: Json | undefined }) {
  const prose = typeof value === 'string'
  return (
    <div className="space-y-1">
      <h4 className="text-xs font-medium text-ink-soft">{name}</h4>
      <pre
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
        tabIndex={0}
        className={`max-h-64 overflow-auto rounded-md border bg-sunken/40 px-3 py-2 text-[0.8125rem] leading-relaxed break-words whitespace-pre-wrap ${
          prose ? 'font-sans' : 'font-mono'
        }`}
      >
        {prose ? value : JSON.stringify(value, null, 2)}
      </pre>
    </div>
  )
}

function ScoreRow({ score, wants }: { score: Score; wants: SuiteCase['scorers'][number] | undefined }) {
  const { type, ...asked } = wants ?? { type: '' }
  return (
    <li className="space-y-1 py-2 first:pt-0 last:pb-0">
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={score.passed ? 'good' : 'bad'}>
          <span aria-hidden>{score.passed ? '✓' : '✕'}</span>
          {score.passed ? 'Passed' : 'Not passed'}
        </Badge>
        <span className="font-medium">{score.scorer}</span>
        <span className="text-xs text-ink-soft tabular-nums">{Number(score.value.toFixed(4))}</span>
      </p>
      {score.reason && <p className="text-sm break-words">{score.reason}</p>}
      {type === score.scorer && Object.keys(asked).length > 0 && (
        <p className="text-xs text-ink-soft">
          Asked for <Mono>{JSON.stringify(asked)}</Mono>
        </p>
      )}
    </li>
  )
}

function errorFact(error: CaseResult['error']): Fact {
  if (!error) return ['Error', undefined]
  const { code, message } = error
  const told = [code, message].filter((one) => typeof one === 'string').join(': ')
  return [
    'Error',
    <span key="error" className="text-bad">
      {told || JSON.stringify(error)}
    </span>,
  ]
}

function Attempt({ result, wants, nth }: { result: CaseResult; wants: SuiteCase | undefined; nth: number }) {
  return (
    <section aria-label={`Repeat ${nth}`} className="space-y-3 border-t pt-3">
      <p className="flex flex-wrap items-center gap-2">
        <StatusBadge status={result.status} />
        <span className="text-xs text-ink-soft">Repeat {nth}</span>
      </p>
      {result.output !== undefined && result.output !== null && <Box name="Answer" value={result.output} />}
      {(result.scores?.length ?? 0) > 0 && (
        <ul aria-label="Scores" className="divide-y divide-line">
          {result.scores?.map((score, at) => (
            <ScoreRow key={at} score={score} wants={wants?.scorers[at]} />
          ))}
        </ul>
      )}
      <Facts
        facts={[
          errorFact(result.error),
          ['Latency', typeof result.latencyMs === 'number' ? formatDuration(result.latencyMs) : undefined],
          ['Cost', result.cost && formatMoney(result.cost)],
          [
            'Tools called',
            result.tools?.length ? <Mono key="tools">{result.tools.join(', ')}</Mono> : undefined,
          ],
          ['Run in ambit-evals', result.runId && <Mono key="run">{result.runId}</Mono>],
        ]}
      />
    </section>
  )
}

interface CaseDetailsProps {
  group: CaseGroup
  /** What the suite's version says of it; undefined while it is being read. */
  wants: SuiteCase | undefined
}

/** One case: what was asked, what was answered each time, and why that passed or did not. */
export function CaseDetails({ group, wants }: CaseDetailsProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [group.caseId])
  return (
    <article aria-labelledby="case-heading" className="min-w-0 space-y-3 p-4">
      <header className="flex flex-wrap items-center gap-2">
        <h3 id="case-heading" ref={heading} tabIndex={-1} className="font-semibold break-all">
          {group.caseId}
        </h3>
        <StatusBadge status={group.status} />
        {group.flaky && <Badge tone="warn">Flaky</Badge>}
        {wants?.tags?.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </header>
      {wants && <Box name="Input" value={wants.input} />}
      {wants?.context && <Box name="Context" value={wants.context} />}
      {group.attempts.map((result, at) => (
        <Attempt key={result.repeat} result={result} wants={wants} nth={at + 1} />
      ))}
    </article>
  )
}
