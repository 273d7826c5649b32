import { Link } from 'react-router'

import type { Evaluation } from '@/api/evaluations'
import type { Column } from '@/components/listing'
import { ShortId } from '@/components/short-id'
import { Time } from '@/components/time'
import { versionPath } from '@/features/agents/registry/lineage-table'
import { isOver, tookOf } from '@/features/evaluations/progress'
import { Rate, StandingBadge } from '@/features/evaluations/standing-badge'
import { formatDuration } from '@/lib/format'

const took = (one: Evaluation): string => {
  const ms = isOver(one) ? tookOf(one, 0) : undefined
  return ms === undefined ? '—' : formatDuration(ms)
}

export const EVALUATION_COLUMNS: Column<Evaluation>[] = [
  {
    head: 'Evaluation',
    cell: ({ evaluationId, suite, suiteVersion }) => (
      <span className="flex flex-col">
        <Link
          to={`/evaluations/${evaluationId}`}
          className="font-medium text-accent underline underline-offset-2"
        >
          {suite}
          <span className="sr-only"> {evaluationId}</span>
        </Link>
        <span className="text-xs text-ink-soft">version {suiteVersion} of the suite</span>
      </span>
    ),
  },
  { head: 'Agent', cell: ({ agent }) => agent },
  {
    head: 'Version',
    cell: ({ agent, versionId }) => (
      <Link to={versionPath(agent, versionId)} className="text-accent underline underline-offset-4">
        <ShortId id={versionId} />
      </Link>
    ),
  },
  { head: 'Outcome', cell: (one) => <StandingBadge one={one} /> },
  { head: 'Cases', cell: ({ decided, cases }) => `${decided} of ${cases}`, end: true },
  { head: 'Pass rate (95 % interval)', cell: (one) => <Rate one={one} />, end: true },
  { head: 'Took', cell: took, end: true },
  { head: 'Asked for', cell: ({ createdAt }) => <Time at={createdAt} /> },
]
