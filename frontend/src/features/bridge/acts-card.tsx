import { useState } from 'react'
import { Link } from 'react-router'

import type { Json, JsonObject, RunEvent } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { type Act, actsOf, type Ending } from '@/features/bridge/acts'
import { PICO } from '@/features/bridge/curves'
import { DecisionBadge } from '@/features/policies/decision-badge'
import { formatClock, formatDollars, formatDuration, formatNumber, sentenceCase } from '@/lib/format'

const SHOWN_AT_ONCE = 100
const TONES: Record<Ending, Tone> = {
  running: 'info',
  succeeded: 'good',
  failed: 'bad',
  outage: 'bad',
  blocked: 'bad',
  refused: 'bad',
  held: 'warn',
}

/** An argument on one line; the whole of it stands in the details. */
function short(value: unknown): string {
  const line = typeof value === 'string' ? value : JSON.stringify(value)
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}

function Arguments({ given }: { given: JsonObject }) {
  const all = Object.entries(given)
  if (all.length === 0) return null
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-1 font-mono text-xs">
      {all.slice(0, 4).map(([name, value]) => (
        <div key={name} className="flex min-w-0 gap-1.5">
          <dt className="text-ink-soft">{name}</dt>
          <dd className="min-w-0 break-all">{short(value)}</dd>
        </div>
      ))}
      {all.length > 4 && <div className="text-ink-soft">and {all.length - 4} more</div>}
    </dl>
  )
}

const named = (values: Json[]): string => values.filter((value) => typeof value === 'string').join(', ')

function basisOf({ basis }: Act): string[] {
  return [
    typeof basis.cost === 'number' && `the run had cost ${formatDollars(basis.cost / PICO)}`,
    typeof basis.calls === 'number' && `${formatNumber(basis.calls)} calls of it before`,
    basis.tainted === true && 'the run was tainted by untrusted text',
    Array.isArray(basis.hosts) && `hosts ${named(basis.hosts)}`,
    Array.isArray(basis.models) && `models ${named(basis.models)}`,
  ].filter((one): one is string => typeof one === 'string')
}

function Why({ act }: { act: Act }) {
  const basis = basisOf(act)
  return (
    <details className="text-xs text-ink-soft">
      <summary className="cursor-pointer select-none">
        Why<span className="sr-only"> act #{act.seq} was decided so</span>
      </summary>
      <div className="space-y-1.5 pt-1.5">
        {act.ruleId && (
          <p>
            Rule <Mono>{act.ruleId}</Mono>
            {act.risk && `, ${act.risk} risk`}
          </p>
        )}
        {basis.length > 0 && <p>Decided on: {basis.join('; ')}.</p>}
        {act.shadow && (
          <p>
            The policy in shadow would say {act.shadow.decision} by <Mono>{act.shadow.ruleId}</Mono>.
          </p>
        )}
        {Object.keys(act.arguments).length > 0 && (
          <pre className="font-mono break-words whitespace-pre-wrap">
            {JSON.stringify(act.arguments, null, 2)}
          </pre>
        )}
      </div>
    </details>
  )
}

function Findings({ act }: { act: Act }) {
  const found = Object.entries(act.findings)
  if (found.length === 0) return null
  return (
    <p className="flex flex-wrap items-center gap-1.5 text-xs">
      <span className="text-ink-soft">Guardrails</span>
      {found.map(([kind, count]) => (
        <Badge key={kind} tone="warn">
          {sentenceCase(kind.replaceAll('-', ' '))} × {count}
        </Badge>
      ))}
      {act.changed > 0 && <span className="text-ink-soft">{act.changed} masked, hashed or blocked</span>}
    </p>
  )
}

/** What an act's badges say in one line: decision first, then how it went where that is more. */
function Standing({ act }: { act: Act }) {
  const decided = act.ruleId !== undefined || act.answer !== 'DENY'
  return (
    <>
      {decided && <DecisionBadge decision={act.answer} />}
      {(act.answer === 'ALLOW' || !decided) && (
        <Badge tone={TONES[act.ending]}>{sentenceCase(act.ending)}</Badge>
      )}
      {act.code && <Mono>{act.code}</Mono>}
    </>
  )
}

function ActEntry({ act }: { act: Act }) {
  return (
    <li data-answer={act.answer} className="grid gap-x-4 gap-y-1 px-4 py-3 @2xl:grid-cols-[7.5rem_1fr_auto]">
      <div className="flex items-baseline gap-3 text-xs text-ink-soft tabular-nums @2xl:block">
        <span className="block font-mono">#{act.seq}</span>
        <time dateTime={act.at} className="block">
          {formatClock(act.at)}
        </time>
      </div>
      <div className="min-w-0 space-y-1.5">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{act.tool}</span>
          <Standing act={act} />
        </p>
        <Arguments given={act.arguments} />
        {act.explanation && act.answer !== 'ALLOW' && <p className="break-words">{act.explanation}</p>}
        <Findings act={act} />
        {act.approvalId && (
          <p>
            <Link to={`/approvals/${act.approvalId}`} className="text-accent underline underline-offset-2">
              {act.answer === 'ALLOW' ? 'Approved: see who' : 'See the approval'}
            </Link>
          </p>
        )}
        <Why act={act} />
      </div>
      <div className="flex gap-4 text-xs text-ink-soft tabular-nums @2xl:block @2xl:text-right">
        {act.durationMs !== undefined && <span className="block">{formatDuration(act.durationMs)}</span>}
        {act.pricePico !== undefined && <span className="block">{formatDollars(act.pricePico / PICO)}</span>}
      </div>
    </li>
  )
}

function countsOf(acts: readonly Act[]): string {
  const count = (answer: Act['answer']) => acts.filter((act) => act.answer === answer).length
  const told = [
    [count('ALLOW'), 'allowed'],
    [count('DENY'), 'denied'],
    [count('NEEDS_APPROVAL'), 'asked for'],
  ] as const
  return told
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ')
}

/** Each call that the agent asked for: what was decided and why, and how it went. */
export function ActsCard({ events }: { events: readonly RunEvent[] }) {
  const [all, setAll] = useState(false)
  const acts = actsOf(events)
  const shown = all ? acts : acts.slice(-SHOWN_AT_ONCE)
  return (
    <Card flush title="Acts" labelledBy="acts" actions={acts.length > 0 && <Badge>{countsOf(acts)}</Badge>}>
      {acts.length === 0 && (
        <EmptyState title="The agent has not acted">
          Each call of a tool or a model stands here, with the decision on it.
        </EmptyState>
      )}
      {shown.length < acts.length && (
        <div className="border-b p-3 text-center">
          <Button onClick={() => setAll(true)}>Show {acts.length - shown.length} earlier acts</Button>
        </div>
      )}
      {acts.length > 0 && (
        <ol aria-label="Acts" className="@container divide-y divide-line">
          {shown.map((act) => (
            <ActEntry key={act.seq} act={act} />
          ))}
        </ol>
      )}
    </Card>
  )
}
