import type { ReactNode } from 'react'

import type { Canary, Seen } from '@/api/registry'
import { countText } from '@/features/incidents/instances/canary/words'
import { formatDuration, formatNumber } from '@/lib/format'

/** What tells two versions apart: how their ids end. The whole id is in the title. */
function VersionEnd({ id }: { id: string }) {
  return (
    <span title={id} className="font-mono text-[0.8125rem] whitespace-nowrap">
      …{id.slice(-6)}
    </span>
  )
}

const ROWS: [name: string, cell: (seen: Seen) => ReactNode][] = [
  ['Version', ({ versionId }) => <VersionEnd id={versionId} />],
  ['Runs that ended', ({ runs }) => formatNumber(runs)],
  ['Failed', (seen) => countText(seen.failed, seen.failureRate, seen)],
  ['Stopped by guardrails', (seen) => countText(seen.blocked, seen.blockRate, seen)],
  ['95 % took at most', ({ runs, p95Ms }) => (runs === 0 ? '—' : formatDuration(p95Ms))],
]

/** What was seen of both versions, side by side. */
export function TallyTable({ canary: { stable, candidate } }: { canary: Canary }) {
  if (!stable || !candidate) return null
  const cell = 'py-2 pl-3 text-right sm:pl-4 tabular-nums'
  return (
    <table className="w-full max-w-xl text-sm">
      <caption className="sr-only">What was seen of both versions</caption>
      <thead className="border-b text-xs text-ink-soft">
        <tr>
          <td />
          <th scope="col" className={`${cell} font-medium`}>
            What runs already
          </th>
          <th scope="col" className={`${cell} font-medium`}>
            Candidate
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {ROWS.map(([name, show]) => (
          <tr key={name}>
            <th scope="row" className="py-2 text-left font-normal text-ink-soft">
              {name}
            </th>
            <td className={cell}>{show(stable)}</td>
            <td className={cell}>{show(candidate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
