import { Link } from 'react-router'

import type { Simulation } from '@/api/types'
import { DecisionBadge } from '@/features/policies/decision-badge'
import { formatNumber } from '@/lib/format'

const CELL = 'px-3 py-2 text-left align-top'

/** What would become of which calls, and the first of those that would be answered otherwise. */
export function SimulationResult({ found }: { found: Simulation }) {
  return (
    <div className="space-y-3 text-sm">
      <p role="status">
        Of {formatNumber(found.total)} calls in {formatNumber(found.runs)} runs{' '}
        <span className="font-semibold">{formatNumber(found.changed)} would be answered otherwise</span>.
        {found.undecidable > 0 &&
          ` ${formatNumber(found.undecidable)} cannot be told: they hang on arguments that no log keeps.`}
      </p>
      {found.counts.length > 0 && (
        <table className="rounded-md border">
          <caption className="sr-only">Recorded calls by their answers</caption>
          <thead className="border-b bg-sunken/60 text-xs text-ink-soft">
            <tr>
              {['Was', 'Would be', 'Calls'].map((head) => (
                <th key={head} scope="col" className={`${CELL} font-medium`}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {found.counts.map(({ from, to, count }) => (
              <tr key={from + to}>
                <td className={CELL}>
                  <DecisionBadge decision={from} />
                </td>
                <td className={CELL}>
                  <DecisionBadge decision={to} />
                </td>
                <td className={`${CELL} tabular-nums`}>{formatNumber(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found.changes.length > 0 && (
        <ul className="space-y-1.5">
          {found.changes.slice(0, 20).map(({ runId, event, tool, before, after }) => (
            <li key={`${runId}-${event}`}>
              <Link to={`/runs/${runId}`} className="font-medium text-accent underline underline-offset-2">
                {tool}
              </Link>{' '}
              <DecisionBadge decision={before.decision} /> → <DecisionBadge decision={after.decision} />{' '}
              {after.explanation} <code className="font-mono text-xs text-ink-soft">{after.ruleId}</code>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
