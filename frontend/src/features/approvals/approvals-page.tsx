import { Link } from 'react-router'

import { itemsOf } from '@/api/pages'
import type { ApprovalSummary } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { ApprovalCard } from '@/features/approvals/approval-card'
import { useKept } from '@/features/approvals/kept'
import { useApprovals } from '@/features/approvals/queries'
import { RiskBadge } from '@/features/approvals/risk-badge'

const COLUMNS: Column<ApprovalSummary>[] = [
  {
    head: 'Call',
    cell: ({ approvalId, tool, kind }) => (
      <Link to={`/approvals/${approvalId}`} className="font-medium text-accent underline underline-offset-2">
        {tool ?? kind}
      </Link>
    ),
  },
  { head: 'Agent', cell: ({ agent }) => agent },
  { head: 'Risk', cell: ({ risk }) => <RiskBadge risk={risk} /> },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { head: 'Asked', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { head: 'Decided', cell: ({ decidedAt }) => <Time at={decidedAt} /> },
]

/** What waits, each with its arguments and its buttons. */
function Waiting() {
  const list = useApprovals('pending')
  const waiting = useKept(itemsOf(list).map(({ approvalId }) => approvalId))
  return (
    <>
      {list.isError && <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <SkeletonRows label="Loading what is held" />}
      {list.isSuccess && waiting.length === 0 && (
        <Card flush>
          <EmptyState title="Nothing is waiting">What an agent may not do by itself is held here.</EmptyState>
        </Card>
      )}
      {waiting.map((id) => (
        <ApprovalCard key={id} id={id} />
      ))}
      {list.hasNextPage && (
        <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
          Show older calls
        </Button>
      )}
    </>
  )
}

/** Where people decide about what agents may not do by themselves. */
export function ApprovalsPage() {
  return (
    <Page
      title="Approvals"
      lead="Calls that agents may make only after somebody has decided. What is approved is what is shown, once."
    >
      <Waiting />
      <Listing
        title="All approvals"
        name="All approvals, newest first"
        list={useApprovals('')}
        columns={COLUMNS}
        keyOf={({ approvalId }) => approvalId}
        more="Show older approvals"
        empty={<EmptyState title="None yet">Nothing has been held for approval.</EmptyState>}
      />
    </Page>
  )
}
