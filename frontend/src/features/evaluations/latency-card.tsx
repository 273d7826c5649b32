import type { CaseResult } from '@/api/evaluations'
import { Chart, type Look, Numbers } from '@/components/chart'
import { Card } from '@/components/ui/card'
import { distributionOf, latenciesOf, quantile } from '@/features/evaluations/cases'
import { percent } from '@/features/evaluations/progress'
import { formatDuration } from '@/lib/format'

const QUARTERS = [0, 0.25, 0.5, 0.75, 1]
const SHARES = [0.5, 0.9, 0.95, 0.99, 1]

export interface Timed {
  name: string
  look: Look
  results: readonly CaseResult[]
}

const told = (sorted: readonly number[], share: number): string => {
  const value = quantile(sorted, share)
  return value === undefined ? '—' : formatDuration(value)
}

/** How long answers took: the share that had come after a time, of one evaluation or of two. */
export function LatencyCard({ of }: { of: readonly Timed[] }) {
  const timed = of.map(({ name, look, results }) => ({ name, look, sorted: latenciesOf(results) }))
  if (timed.every(({ sorted }) => sorted.length < 2)) return null
  const description = timed
    .map(
      ({ name, sorted }) => `${name}: half within ${told(sorted, 0.5)}, 95 % within ${told(sorted, 0.95)}.`,
    )
    .join(' ')
  return (
    <Card title="Latency" labelledBy="latency">
      <div className="max-w-2xl">
        <Chart
          title="Distribution of latency"
          description={description}
          series={timed.map(({ name, look, sorted }) => ({
            name,
            look,
            steps: true,
            points: distributionOf(sorted),
          }))}
          x={{ label: 'Time to the answer', of: formatDuration }}
          y={{ label: 'Share of answers', of: percent, top: 1.05, ticks: QUARTERS }}
        >
          <Numbers
            name="Quantiles of latency"
            heads={['Share of answers', ...timed.map(({ name }) => name)]}
            rows={SHARES.map((share) => [percent(share), ...timed.map(({ sorted }) => told(sorted, share))])}
          />
        </Chart>
      </div>
    </Card>
  )
}
