import type { Run, RunEvent } from '@/api/types'
import { Chart, Numbers, type Series } from '@/components/chart'
import { EmptyState } from '@/components/empty-state'
import { Facts } from '@/components/facts'
import { Card } from '@/components/ui/card'
import { type MoneyPoint, moneyOf } from '@/features/bridge/curves'
import { formatDollars, formatMoney, formatSeconds } from '@/lib/format'

const HEADROOM = 1.05
/** A limit that is further away than this many times what was used would press the curve flat: it is told in words. */
const FAR = 8

function scaleOf(points: readonly MoneyPoint[], lines: readonly { at: number; name: string }[]) {
  const peak = Math.max(...points.map(({ spent, held }) => spent + held), 0)
  const near = lines.filter(({ at }) => at <= peak * FAR)
  return { near, top: Math.max(peak, ...near.map(({ at }) => at)) * HEADROOM || 1 }
}

function linesOf({ budget }: Run): { at: number; name: string }[] {
  const told = [
    ['Limit', budget?.limit],
    ['Set aside for the run', budget?.reserved],
  ] as const
  return told.flatMap(([name, money]) =>
    money && Number(money.amount) > 0
      ? [{ at: Number(money.amount), name: `${name} ${formatMoney(money)}` }]
      : [],
  )
}

function Curve({ run, points }: { run: Run; points: readonly MoneyPoint[] }) {
  const { near, top } = scaleOf(points, linesOf(run))
  const first = { seq: 0, seconds: 0, spent: 0, held: 0 }
  const all = [first, ...points]
  const inFlight: Series = {
    name: 'Settled and in flight',
    look: 'info',
    steps: true,
    points: all.map(({ seconds, spent, held }) => ({ x: seconds, y: spent + held })),
  }
  const series: Series[] = [
    ...(all.some(({ held }) => held > 0) ? [inFlight] : []),
    {
      name: 'Settled',
      look: 'accent',
      steps: true,
      points: all.map(({ seconds, spent }) => ({ x: seconds, y: spent })),
    },
  ]
  const last = points.at(-1) ?? first
  return (
    <Chart
      title="Cost over time"
      description={`After ${formatSeconds(last.seconds)} the run has spent ${formatDollars(last.spent)} and holds ${formatDollars(last.held)} for calls in flight. ${linesOf(
        run,
      )
        .map(({ name }) => name)
        .join('. ')}.`}
      series={series}
      limits={near}
      x={{ label: 'Seconds since the run began', of: formatSeconds }}
      y={{ label: 'Dollars', of: formatDollars, top }}
    >
      <Numbers
        name="Cost over time"
        heads={['Event', 'Time', 'Settled', 'In flight']}
        rows={points.map(({ seq, seconds, spent, held }) => [
          seq,
          formatSeconds(seconds),
          formatDollars(spent),
          formatDollars(held),
        ])}
      />
    </Chart>
  )
}

/** How much of its limit a run has used, for limits too far away to be drawn. */
function Used({ run, points }: { run: Run; points: readonly MoneyPoint[] }) {
  const limit = Number(run.budget?.limit?.amount ?? 0)
  const used = Math.max(Number(run.cost?.amount ?? 0), points.at(-1)?.spent ?? 0)
  const share = limit > 0 ? (used / limit) * 100 : 0
  return (
    <Facts
      facts={[
        ['Spent', formatDollars(used)],
        ['In flight', run.budget && formatMoney(run.budget.held)],
        ['Set aside for the run', run.budget && formatMoney(run.budget.reserved)],
        ['Limit', run.budget?.limit && formatMoney(run.budget.limit)],
        ['Used of the limit', limit > 0 && (share < 0.01 ? 'less than 0.01 %' : `${share.toFixed(2)} %`)],
      ]}
    />
  )
}

/** What a run has cost so far against what it may cost. */
export function MoneyCard({ run, events }: { run: Run; events: readonly RunEvent[] }) {
  const points = moneyOf(events, run)
  return (
    <Card title="Budget" labelledBy="budget">
      {points.length === 0 ? (
        <EmptyState title="No call yet">
          The curve begins with the agent’s first call of a tool or a model.
        </EmptyState>
      ) : (
        <div className="space-y-4">
          <Curve run={run} points={points} />
          <Used run={run} points={points} />
        </div>
      )}
    </Card>
  )
}
