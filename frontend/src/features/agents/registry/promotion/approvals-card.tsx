import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Gate, Lineage, PromotionApproval, PromotionPlace, Version, VersionNode } from '@/api/registry'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { EmptyState } from '@/components/empty-state'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { Person } from '@/features/bff/person'
import { PlaceField, PLACES } from '@/features/agents/registry/promotion/place'
import {
  askApproval,
  decideApproval,
  usePromotionApprovals,
} from '@/features/agents/registry/promotion/queries'
import { isApprovable, notToDecide } from '@/features/agents/registry/promotion/standing'
import { registryChanged, useGates } from '@/features/agents/registry/queries'
import { Expiry } from '@/features/approvals/expiry'
import { useProfile } from '@/features/bff/session'

type Choice = 'approve' | 'deny'
const ACTS: Record<Choice, string> = { approve: 'Approve', deny: 'Deny' }

/** What became of it, for those that are no longer decided about. */
const ENDS: Partial<Record<PromotionApproval['status'], string>> = {
  approved: 'The promotion may use it, once, until then.',
  denied: 'One denial ends it. Ask again when the reason is gone.',
  expired: 'Nobody decided within 48 hours. Ask again.',
  void: 'The version was moved since. Ask again.',
  consumed: 'A promotion has used it.',
}

function Votes({ votes }: Pick<PromotionApproval, 'votes'>) {
  if (votes.length === 0) return null
  return (
    <ul aria-label="Votes" className="space-y-0.5 text-sm">
      {votes.map(({ principalId, choice, reason, at }) => (
        <li key={principalId} className="break-words">
          <span className="font-medium">{choice === 'approve' ? 'Approved' : 'Denied'}</span> by{' '}
          <Person id={principalId} />, <Time at={at} />: {reason}
        </li>
      ))}
    </ul>
  )
}

interface RowProps {
  one: PromotionApproval
  version: Version
  onDecide: (choice: Choice) => void
}

function Row({ one, version, onDecide }: RowProps) {
  const why = notToDecide(one, version, useProfile())
  const yes = one.votes.filter(({ choice }) => choice === 'approve').length
  const open = one.status === 'pending'
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div className="min-w-56 flex-1 space-y-1">
        <p className="flex flex-wrap items-center gap-2 font-semibold">
          {PLACES[one.place].replace('as', 'As').replace('beside', 'Beside')}
          <StatusBadge status={one.status} />
          <span className="text-sm font-normal text-ink-soft tabular-nums">
            {yes} of {one.quorum} approvals
          </span>
        </p>
        <p className="text-sm break-words">{one.reason}</p>
        <p className="text-xs text-ink-soft">
          Asked for by <Person id={one.requestedBy} />, <Time at={one.createdAt} />.{' '}
          {open || one.status === 'approved' ? <Expiry until={one.expiresAt} /> : null}
        </p>
        {ENDS[one.status] && <p className="text-xs text-ink-soft">{ENDS[one.status]}</p>}
        <Votes votes={one.votes} />
        {open && why && <p className="text-xs text-ink-soft">{why}</p>}
      </div>
      {open && (
        <div className="flex gap-2">
          <Button look="danger" disabled={why !== undefined} onClick={() => onDecide('deny')}>
            Deny
          </Button>
          <Button look="primary" disabled={why !== undefined} onClick={() => onDecide('approve')}>
            Approve
          </Button>
        </div>
      )}
    </li>
  )
}

interface Asking {
  versionId: string
  second: boolean
  onClose: () => void
}

function AskDialog({ versionId, second, onClose }: Asking) {
  const client = useQueryClient()
  const [attempt] = useState<string>(() => crypto.randomUUID())
  const [place, setPlace] = useState<PromotionPlace>('default')
  return (
    <ConfirmDialog
      reason
      look="primary"
      title="Ask for an approval"
      action="Ask"
      run={async (reason) => {
        await askApproval(versionId, { reason, asDefault: place === 'default' }, `${attempt}-${place}`)
        await registryChanged(client)
      }}
      onClose={onClose}
    >
      <p>
        Two people decide within 48 hours: neither you nor whoever registered the version. One denial ends it,
        and so does every move of the version.
      </p>
      <PlaceField place={place} onPlace={setPlace} second={second} />
    </ConfirmDialog>
  )
}

interface Deciding {
  one: PromotionApproval
  choice: Choice
}

function DecideDialog({ one, choice, onClose }: Deciding & { onClose: () => void }) {
  const client = useQueryClient()
  return (
    <ConfirmDialog
      reason
      look={choice === 'approve' ? 'primary' : 'danger'}
      title={`${ACTS[choice]} the promotion of ${one.agent}`}
      action={ACTS[choice]}
      run={async (reason) => {
        try {
          await decideApproval(one, choice, reason)
        } finally {
          void registryChanged(client) // a refusal means that it is not as it was seen
        }
      }}
      onClose={onClose}
    >
      <p>
        {choice === 'approve'
          ? `You say that tenants may be given exactly this content, ${PLACES[one.place]}. It cannot be taken back; only another’s denial or a move of the version ends it.`
          : 'One denial ends it: the promotion has to be asked for again.'}
      </p>
    </ConfirmDialog>
  )
}

interface ApprovalsCardProps {
  version: Version
  node: VersionNode
  lineage: Lineage
}

/** Why nobody is asked; undefined when somebody can be. */
function notToAsk(approvable: boolean, gate: Gate | undefined, asked: number): string | undefined {
  if (!approvable) return 'Nothing to approve from where the version stands.'
  if (gate?.holds && asked === 0) return 'No tool’s risk is high: nobody has to approve it.'
  return undefined
}

/** Who was asked to approve the promotion of a version, what they said, and the buttons for whoever may decide. */
export function ApprovalsCard({ version, node, lineage }: ApprovalsCardProps) {
  const { versionId } = version
  const found = usePromotionApprovals(versionId)
  const gate = useGates(versionId).data?.gates.find(({ gate: name }) => name === 'approvals')
  const [asking, setAsking] = useState(false)
  const [deciding, setDeciding] = useState<Deciding>()
  const why = notToAsk(isApprovable(node, lineage), gate, found.data?.length ?? 0)
  return (
    <Card
      title="Approvals"
      labelledBy="approvals"
      actions={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {why && <span className="text-xs text-ink-soft">{why}</span>}
          <Button disabled={why !== undefined || !found.isSuccess} onClick={() => setAsking(true)}>
            Ask for an approval
          </Button>
        </span>
      }
    >
      {found.isPending && <SkeletonRows label="Loading the approvals" rows={2} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.length === 0 && (
        <EmptyState title="Nobody was asked">
          Where a tool’s risk is high, two people who neither registered the version nor ask have to agree.
        </EmptyState>
      )}
      {found.data && found.data.length > 0 && (
        <ul aria-label="Approvals" className="divide-y divide-line">
          {found.data.map((one) => (
            <Row
              key={one.approvalId}
              one={one}
              version={version}
              onDecide={(choice) => setDeciding({ one, choice })}
            />
          ))}
        </ul>
      )}
      {asking && (
        <AskDialog
          versionId={versionId}
          second={Boolean(lineage.approvedVersionId)}
          onClose={() => setAsking(false)}
        />
      )}
      {deciding && <DecideDialog {...deciding} onClose={() => setDeciding(undefined)} />}
    </Card>
  )
}
