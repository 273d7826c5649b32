import type { GovernorRule, HaltKind, JsonObject, Run, RunEvent } from '@/api/types'
import { Chart, type Look, Numbers, type Series } from '@/components/chart'
import { EmptyState } from '@/components/empty-state'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { HALT_KINDS, kindsUnderPressure, type PressurePoint, pressureOf } from '@/features/bridge/curves'
import { formatNumber, sentenceCase } from '@/lib/format'

const LOOKS: Record<HaltKind, Look> = {
  SAFETY: 'bad',
  OVERRISK: 'warn',
  EXTERNAL: 'info',
  STAGNATION: 'accent',
  EXHAUSTION: 'soft',
}
const HEADROOM = 1.15
const QUARTERS = [0, 0.25, 0.5, 0.75, 1]

export const kindName = (kind: string): string => sentenceCase(kind.toLowerCase())
const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`

const haltOf = (halt: JsonObject | null | undefined) =>
  halt && typeof halt.kind === 'string' && typeof halt.rule === 'string' && typeof halt.step === 'number'
    ? { kind: halt.kind, rule: halt.rule, step: halt.step }
    : undefined

function describe(points: readonly PressurePoint[], run: Run): string {
  const last = points.at(-1)
  const halt = haltOf(run.halt)
  const near = HALT_KINDS.filter((kind) => (last?.of[kind].ratio ?? 0) > 0).map(
    (kind) => `${kindName(kind)} ${percent(last?.of[kind].ratio ?? 0)}`,
  )
  const ends = halt ? `The run was halted at step ${halt.step}: ${halt.kind} by ${halt.rule}. ` : ''
  return `${ends}After step ${last?.step ?? 0}, of the threshold: ${near.join(', ') || 'nothing'}.`
}

function Pressure({ run, points }: { run: Run; points: readonly PressurePoint[] }) {
  const kinds = kindsUnderPressure(points)
  const halt = haltOf(run.halt)
  const series: Series[] = kinds.map((kind) => ({
    name: kindName(kind),
    look: LOOKS[kind],
    points: points.map(({ step, of }) => ({ x: step, y: of[kind].ratio })),
  }))
  const peak = Math.max(1, ...series.flatMap((one) => one.points.map(({ y }) => y)))
  return (
    <Chart
      title="Pressure by step"
      description={describe(points, run)}
      series={series}
      limits={[{ at: 1, name: 'Threshold: halts the run' }]}
      marks={halt ? [{ x: halt.step, name: `Halted: ${halt.kind}` }] : []}
      x={{ label: 'Step', of: formatNumber, whole: true }}
      y={{ label: 'Share of the threshold', of: percent, top: Math.min(peak, 2) * HEADROOM, ticks: QUARTERS }}
    >
      <Numbers
        name="Pressure by step"
        heads={['Step', ...kinds.map(kindName)]}
        rows={points.map(({ step, of }) => [
          step,
          ...kinds.map((kind) => {
            const { rule, observed, threshold } = of[kind]
            return rule ? `${formatNumber(observed)} of ${formatNumber(threshold)} (${rule})` : '0'
          }),
        ])}
      />
    </Chart>
  )
}

function Rules({ rules, observed }: { rules: readonly GovernorRule[]; observed: PressurePoint | undefined }) {
  const near = rules
    .map((one) => ({ ...one, ratio: one.threshold > 0 ? one.observed / one.threshold : 0 }))
    .filter(({ ratio }) => ratio > 0)
    .sort((one, other) => other.ratio - one.ratio)
    .slice(0, 4)
  if (!observed || near.length === 0) return null
  return (
    <ul aria-label="Nearest to their thresholds" className="space-y-1.5 text-sm">
      {near.map(({ rule, halt, says, observed: seen, threshold, ratio }) => (
        <li key={rule} className="grid grid-cols-[1fr_auto] items-baseline gap-x-4">
          <span>
            <Badge tone={ratio >= 1 ? 'bad' : 'neutral'}>{halt}</Badge> {says}
          </span>
          <span className="text-xs text-ink-soft tabular-nums">
            {formatNumber(seen)} of {formatNumber(threshold)}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** How near a run has come to being halted, and by what. */
export function GovernorCard({ run, events }: { run: Run; events: readonly RunEvent[] }) {
  const rules = run.governor?.rules ?? []
  const points = pressureOf(events, rules)
  return (
    <Card
      title="Governor"
      labelledBy="governor"
      actions={run.governor && <Badge>{kindName(run.governor.profile)} profile</Badge>}
    >
      {points.length === 0 ? (
        <EmptyState title="No step yet">
          The governor takes a step for each call. A run that turns in circles, takes too much risk or uses
          itself up is halted.
        </EmptyState>
      ) : (
        <div className="space-y-4">
          <Pressure run={run} points={points} />
          <Rules rules={rules} observed={points.at(-1)} />
        </div>
      )}
    </Card>
  )
}
