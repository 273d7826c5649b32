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

/** By which suite, and where evaluations of several agents are listed, of which agent. */
function Named({ one, agent }: { one: Evaluation; agent: boolean }) {
  const below = agent
    ? `${one.agent}, suite version ${one.suiteVersion}`
    : `Suite version ${one.suiteVersion}`
  return (
    <span className="flex max-w-32 flex-col sm:max-w-72">
      <Link
        to={`/evaluations/${one.evaluationId}`}
        className="truncate font-medium text-accent underline underline-offset-2"
        title={one.suite}
      >
        {one.suite}
        <span className="sr-only"> {one.evaluationId}</span>
      </Link>
      <span className="truncate text-xs text-ink-soft" title={below}>
        {below}
      </span>
    </span>
  )
}

const NUMBERS: Column<Evaluation>[] = [
  { head: 'Outcome', cell: (one) => <StandingBadge one={one} /> },
  {
    head: 'Pass rate',
    cell: (one) => (
      <span className="flex flex-col">
        <Rate brief one={one} />
        <span className="text-xs text-ink-soft">
          {one.decided} of {one.cases} cases
        </span>
      </span>
    ),
    end: true,
  },
  { head: 'Took', cell: took, end: true, wide: true },
  { head: 'Asked for', cell: ({ createdAt }) => <Time at={createdAt} />, wide: true },
]

/** Evaluations of all agents: what a narrow screen has no room for is on the evaluation's own page. */
export const EVALUATION_COLUMNS: Column<Evaluation>[] = [
  { head: 'Evaluation', cell: (one) => <Named agent one={one} /> },
  {
    head: 'Version',
    wide: true,
    cell: ({ agent, versionId }) => (
      <Link to={versionPath(agent, versionId)} className="text-accent underline underline-offset-4">
        <ShortId id={versionId} />
      </Link>
    ),
  },
  ...NUMBERS,
]

/** Those of one version. */
export const OF_A_VERSION: Column<Evaluation>[] = [
  { head: 'Evaluation', cell: (one) => <Named agent={false} one={one} /> },
  ...NUMBERS,
]
