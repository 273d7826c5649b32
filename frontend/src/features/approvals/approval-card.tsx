import { Link } from 'react-router'

import type { Approval } from '@/api/types'
import { Facts, Mono } from '@/components/facts'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { Decision } from '@/features/approvals/decision'
import { Expiry } from '@/features/approvals/expiry'
import { Frozen } from '@/features/approvals/frozen'
import { useApproval } from '@/features/approvals/queries'
import { RiskBadge } from '@/features/approvals/risk-badge'

function Votes({ approval }: { approval: Approval }) {
  if (approval.votes.length === 0) return null
  return (
    <ul className="space-y-1 text-sm">
      {approval.votes.map(({ principalId, decision, role, reason, at }) => (
        <li key={principalId}>
          <span className="font-medium">{decision === 'approve' ? 'Approved' : 'Denied'}</span> by{' '}
          <Mono>{principalId}</Mono> ({role}), <Time at={at} />: {reason}
        </li>
      ))}
    </ul>
  )
}

function Details({ approval }: { approval: Approval }) {
  const { runId } = approval
  return (
    <div className="space-y-4">
      <p className="text-sm">{approval.explanation}</p>
      <Facts
        facts={[
          ['Agent', approval.agent],
          ['Started by', <Mono key="by">{approval.startedBy}</Mono>],
          ['Asked', <Time key="asked" at={approval.createdAt} />],
          [
            'To decide',
            approval.status === 'pending' ? <Expiry key="left" until={approval.expiresAt} /> : undefined,
          ],
          [
            'Approvals',
            `${approval.approvals} of ${approval.quorum} by ${approval.requiredRoles.join(' and ')}`,
          ],
          [
            'Run',
            runId && (
              <Link key="run" to={`/runs/${runId}`} className="text-accent underline underline-offset-2">
                Open the run
              </Link>
            ),
          ],
        ]}
      />
      <Frozen approval={approval} />
      <Votes approval={approval} />
      {approval.mayDecide && <Decision approval={approval} />}
      {approval.status === 'pending' && !approval.mayDecide && (
        <p className="text-sm text-ink-soft">
          Somebody else has to decide: you started it, have decided, or lack the role.
        </p>
      )}
    </div>
  )
}

/** One approval whole, with the buttons for who may press them. */
export function ApprovalCard({ id }: { id: string }) {
  const found = useApproval(id)
  const approval = found.data
  return (
    <Card
      labelledBy={`approval-${id}`}
      title={
        <>
          {approval ? (approval.tool ?? approval.kind) : 'Held call'}{' '}
          <span className="font-normal text-ink-soft">
            <Mono>{id}</Mono>
          </span>
        </>
      }
      actions={
        approval && (
          <span className="flex flex-wrap items-center gap-2">
            <RiskBadge risk={approval.risk} />
            <StatusBadge status={approval.status} />
          </span>
        )
      }
    >
      {found.isPending && <SkeletonRows label="Loading what is held" rows={3} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {approval && <Details approval={approval} />}
    </Card>
  )
}
