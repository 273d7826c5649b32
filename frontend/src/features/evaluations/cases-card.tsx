import { useState } from 'react'

import type { Evaluation } from '@/api/evaluations'
import { itemsOf, type Pages } from '@/api/pages'
import type { CaseResult } from '@/api/evaluations'
import { EmptyState } from '@/components/empty-state'
import { Filter, oneOf, TextFilter, useFilters } from '@/components/filter'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { CaseDetails } from '@/features/evaluations/case-details'
import { type CaseGroup, groupsOf, wantedOf } from '@/features/evaluations/cases'
import { isOver } from '@/features/evaluations/progress'
import { useSuite } from '@/features/evaluations/queries'
import { cn } from '@/lib/cn'
import { formatDuration } from '@/lib/format'

const STATUSES = ['passed', 'failed', 'error', 'flaky'] as const
const SHOWN = 100

const slowest = ({ attempts }: CaseGroup): string => {
  const times = attempts.flatMap(({ latencyMs }) => (typeof latencyMs === 'number' ? [latencyMs] : []))
  return times.length > 0 ? formatDuration(Math.max(...times)) : ''
}

interface CaseListProps {
  groups: readonly CaseGroup[]
  chosen: string
  onChoose: (caseId: string) => void
}

/** Cases to choose one of. */
function CaseList({ groups, chosen, onChoose }: CaseListProps) {
  const [shown, setShown] = useState(SHOWN)
  return (
    <div
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
      tabIndex={0}
      role="region"
      aria-label="List of cases, scrollable"
      className="max-h-[28rem] overflow-y-auto lg:max-h-[44rem]"
    >
      <ul className="divide-y divide-line">
        {groups.slice(0, shown).map((group) => (
          <li key={group.caseId}>
            <button
              type="button"
              aria-pressed={group.caseId === chosen}
              onClick={() => onChoose(group.caseId)}
              className={cn(
                'flex w-full items-center gap-3 px-4 py-2 text-left -outline-offset-2',
                group.caseId === chosen ? 'bg-accent-soft' : 'hover:bg-sunken/60',
              )}
            >
              <StatusBadge status={group.status} />
              <span className="min-w-0 flex-1 truncate" title={group.caseId}>
                {group.caseId}
              </span>
              {group.flaky && <Badge tone="warn">Flaky</Badge>}
              <span className="text-xs text-ink-soft tabular-nums">{slowest(group)}</span>
            </button>
          </li>
        ))}
      </ul>
      {groups.length > shown && (
        <Button className="m-3" onClick={() => setShown(shown + SHOWN)}>
          Show more cases
        </Button>
      )}
    </div>
  )
}

interface CasesCardProps {
  evaluation: Evaluation
  cases: Pages<CaseResult>
}

/** What came of each case; which one is looked at is part of the address. */
export function CasesCard({ evaluation, cases }: CasesCardProps) {
  const [value, filter] = useFilters()
  const suite = useSuite(evaluation.suite, evaluation.suiteVersion)
  const groups = groupsOf(itemsOf(cases))
  const status = oneOf(STATUSES, value('status'))
  const shown = wantedOf(groups, status, value('find'))
  const chosen = groups.find(({ caseId }) => caseId === value('case'))
  return (
    <Card title={`Cases (${groups.length} of ${evaluation.cases})`} labelledBy="cases" flush>
      <div role="search" aria-label="Filter cases" className="flex flex-wrap gap-x-4 gap-y-3 border-b p-4">
        <Filter label="Status" options={STATUSES} value={status} onChange={filter('status')} />
        <TextFilter label="Find a case" value={value('find')} onChange={filter('find')} />
      </div>
      {cases.isPending && <SkeletonRows label="Loading the cases" rows={6} />}
      {cases.isError && (
        <div className="p-4">
          <ProblemAlert error={cases.error} onRetry={() => void cases.refetch()} />
        </div>
      )}
      {cases.isSuccess && shown.length === 0 && (
        <EmptyState title={groups.length > 0 ? 'No case is like that' : 'No case is decided yet'}>
          {groups.length > 0
            ? 'Another status or other letters find more.'
            : isOver(evaluation)
              ? 'It ended before any answer came.'
              : 'They appear here as their answers come.'}
        </EmptyState>
      )}
      {shown.length > 0 && (
        <div className="grid lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] lg:divide-x lg:divide-line">
          <CaseList groups={shown} chosen={chosen?.caseId ?? ''} onChoose={filter('case')} />
          <div className="min-w-0 border-t lg:border-t-0">
            {suite.isError && (
              <div className="p-4">
                <ProblemAlert error={suite.error} onRetry={() => void suite.refetch()} />
              </div>
            )}
            {chosen ? (
              <CaseDetails
                group={chosen}
                wants={suite.data?.content.find(({ caseId }) => caseId === chosen.caseId)}
              />
            ) : (
              <EmptyState title="Choose a case">
                What was asked, what was answered, and why that passed or did not.
              </EmptyState>
            )}
          </div>
        </div>
      )}
    </Card>
  )
}
