import type { Evaluation } from '@/api/evaluations'
import { itemsOf } from '@/api/pages'
import { Chart, Numbers } from '@/components/chart'
import { shortOf } from '@/components/short-id'
import { Card } from '@/components/ui/card'
import { historyOf } from '@/features/evaluations/history'
import { intervalText, percent } from '@/features/evaluations/progress'
import { useEvaluations } from '@/features/evaluations/queries'

const QUARTERS = [0, 0.25, 0.5, 0.75, 1]

interface HistoryCardProps {
  of: Pick<Evaluation, 'agent' | 'suite'>
}

/** The pass rate of an agent's versions by a suite, each with its confidence interval. */
export function HistoryCard({ of }: HistoryCardProps) {
  const history = historyOf(itemsOf(useEvaluations({ agent: of.agent, suite: of.suite })), of)
  const last = history.at(-1)
  if (!last || history.length < 2) return null
  const nameAt = (at: number) => shortOf(history[at - 1]?.versionId ?? '').slice(-6)
  return (
    <Card title="Pass rate over versions" labelledBy="history">
      <div className="max-w-2xl">
        <Chart
          title={`Pass rate of ${of.agent} by ${of.suite}`}
          description={`Of ${history.length} versions. The newest passes ${percent(last.passRate)}, with a 95 % interval of ${intervalText(last.interval)}; ${percent(last.threshold)} is enough.`}
          series={[
            {
              name: 'Pass rate, with its 95 % interval',
              look: 'accent',
              points: history.map((one, at) => ({
                x: at + 1,
                y: one.passRate,
                between: [one.interval.low, one.interval.high],
              })),
            },
          ]}
          limits={[{ at: last.threshold, name: `Enough: ${percent(last.threshold)}` }]}
          x={{ label: 'Versions, oldest first (end of the id)', of: nameAt, whole: true }}
          y={{ label: 'Cases passed', of: percent, top: 1.1, ticks: QUARTERS }}
        >
          <Numbers
            name="Pass rate over versions"
            heads={['Version', 'Passed', 'Rate', '95 % interval', 'Suite version']}
            rows={history.map((one) => [
              one.versionId,
              `${one.passed} of ${one.cases}`,
              percent(one.passRate),
              intervalText(one.interval),
              one.suiteVersion,
            ])}
          />
        </Chart>
      </div>
    </Card>
  )
}
