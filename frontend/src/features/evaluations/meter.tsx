import type { Evaluation } from '@/api/evaluations'
import { percent } from '@/features/evaluations/progress'
import { formatNumber } from '@/lib/format'

const PARTS = [
  ['passed', 'Passed', 'bg-good'],
  ['failed', 'Failed', 'bg-bad'],
  ['errors', 'Errors', 'bg-warn'],
] as const

/** How many cases are decided, and how: a bar whose parts are also said in words. */
export function Meter({ one }: { one: Evaluation }) {
  const left = Math.max(0, one.cases - one.decided)
  const share = (count: number) => `${(100 * count) / Math.max(1, one.cases)}%`
  return (
    <div className="space-y-2">
      <div
        role="progressbar"
        aria-label="Cases decided"
        aria-valuemin={0}
        aria-valuemax={one.cases}
        aria-valuenow={one.decided}
        aria-valuetext={`${one.decided} of ${one.cases}`}
        className="relative flex h-3 overflow-hidden rounded-full bg-sunken"
      >
        {PARTS.map(([name, , colour]) => (
          <span
            key={name}
            className={`${colour} transition-[width] duration-300`}
            style={{ width: share(one[name]) }}
          />
        ))}
        <span
          title={`Enough: ${percent(one.threshold)}`}
          className="absolute inset-y-0 w-0.5 bg-ink"
          style={{ left: `calc(${100 * one.threshold}% - 1px)` }}
        />
      </div>
      <ul className="flex flex-wrap gap-x-5 gap-y-1 text-sm tabular-nums">
        {PARTS.map(([name, label, colour]) => (
          <li key={name} className="flex items-center gap-2">
            <span aria-hidden className={`size-2.5 rounded-sm ${colour}`} />
            {label} {formatNumber(one[name])}
          </li>
        ))}
        <li className="flex items-center gap-2">
          <span aria-hidden className="size-2.5 rounded-sm border bg-sunken" />
          Left {formatNumber(left)}
        </li>
        <li className="flex items-center gap-2 text-ink-soft">
          <span aria-hidden className="h-3 w-0.5 bg-ink" />
          Enough: {percent(one.threshold)}
        </li>
      </ul>
    </div>
  )
}
