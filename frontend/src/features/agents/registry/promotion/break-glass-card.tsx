import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Gate, Lineage, Override, PromotionPlace, VersionNode } from '@/api/registry'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { gateName } from '@/features/agents/registry/promotion/gates'
import { Person } from '@/features/bff/person'
import { PlaceField, PLACES } from '@/features/agents/registry/promotion/place'
import { askOverride, confirmOverride, useOverrides } from '@/features/agents/registry/promotion/queries'
import { isApprovable, notToBreak, notToConfirm } from '@/features/agents/registry/promotion/standing'
import { registryChanged, useGates } from '@/features/agents/registry/queries'
import { Expiry } from '@/features/approvals/expiry'
import { useProfile } from '@/features/bff/session'

function Closed({ gates }: { gates: readonly { gate: string; why?: string | null }[] }) {
  return (
    <ul className="list-disc space-y-0.5 pl-5">
      {gates.map(({ gate, why }) => (
        <li key={gate} className="break-words">
          <span className="font-medium">{gateName(gate)}</span>
          {why && `: ${why}`}
        </li>
      ))}
    </ul>
  )
}

interface AskDialogProps {
  lineage: Lineage
  versionId: string
  closed: readonly Gate[]
  onClose: () => void
}

function AskDialog({ lineage, versionId, closed, onClose }: AskDialogProps) {
  const client = useQueryClient()
  const [attempt] = useState<string>(() => crypto.randomUUID())
  const [place, setPlace] = useState<PromotionPlace>('default')
  return (
    <ConfirmDialog
      reason
      typed={lineage.agent}
      title={`Break the glass: ${lineage.agent}`}
      action="Ask to go past closed gates"
      run={async (reason) => {
        await askOverride(versionId, { reason, asDefault: place === 'default' }, `${attempt}-${place}`)
        await registryChanged(client)
      }}
      onClose={onClose}
    >
      <div className="space-y-2 rounded-md border-l-4 border-bad bg-bad-soft px-3 py-2">
        <p>
          In an emergency only. Another administrator confirms within the hour; that puts the version before
          tenants although these gates are closed:
        </p>
        <Closed gates={closed} />
        <p>
          An alarm sounds at once, and your name and reason (ten characters at least) stand in the audit
          chain.
        </p>
      </div>
      <PlaceField place={place} onPlace={setPlace} second={Boolean(lineage.approvedVersionId)} />
    </ConfirmDialog>
  )
}

function ConfirmOverride({ one, onClose }: { one: Override; onClose: () => void }) {
  const client = useQueryClient()
  return (
    <ConfirmDialog
      typed={one.agent}
      title={`Confirm: ${one.agent} goes past closed gates`}
      action="Confirm and promote"
      run={async () => {
        try {
          await confirmOverride(one)
        } finally {
          void registryChanged(client)
        }
      }}
      onClose={onClose}
    >
      <div className="space-y-2 rounded-md border-l-4 border-bad bg-bad-soft px-3 py-2">
        <p>
          This is the promotion: the version is approved {PLACES[one.place]} at once, past the gates that were
          seen closed and no others. An alarm sounds.
        </p>
        <Closed gates={one.closed} />
        <p className="break-words">
          <Person id={one.requestedBy} /> asked for it: {one.reason}
        </p>
      </div>
    </ConfirmDialog>
  )
}

function Row({ one, onConfirm }: { one: Override; onConfirm: () => void }) {
  const why = notToConfirm(one, useProfile())
  const open = one.status === 'open'
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 py-3 first:pt-0 last:pb-0">
      <div
        {...(open && { role: 'alert' })}
        className={`min-w-56 flex-1 space-y-1 ${open ? 'rounded-md border-l-4 border-bad bg-bad-soft px-3 py-2' : ''}`}
      >
        <p className="flex flex-wrap items-center gap-2 font-semibold">
          {open ? 'Asked for: approval past closed gates' : 'Approval past closed gates'}, {PLACES[one.place]}
          <StatusBadge status={one.status} />
        </p>
        <p className="text-sm break-words">{one.reason}</p>
        <p className="text-xs">
          Asked for by <Person id={one.requestedBy} />, <Time at={one.createdAt} />.{' '}
          {open && <Expiry until={one.expiresAt} />}
          {one.confirmedBy && (
            <>
              Confirmed by <Person id={one.confirmedBy} />, <Time at={one.confirmedAt} />.
            </>
          )}
        </p>
        <div className="text-sm">
          <Closed gates={one.closed} />
        </div>
        {open && why && <p className="text-xs">{why}</p>}
      </div>
      {open && (
        <Button look="danger" disabled={why !== undefined} onClick={onConfirm}>
          Confirm and promote
        </Button>
      )}
    </li>
  )
}

/** The way past closed gates, for two administrators in an emergency, and each time that it was gone. */
export function BreakGlassCard({ node, lineage }: { node: VersionNode; lineage: Lineage }) {
  const { versionId } = node
  const found = useOverrides(versionId)
  const closed = useGates(versionId).data?.gates.filter(({ holds }) => !holds) ?? []
  const why = notToBreak(closed.length, isApprovable(node, lineage), useProfile())
  const [asking, setAsking] = useState(false)
  const [confirming, setConfirming] = useState<Override>()
  return (
    <Card title="Break-glass" labelledBy="break-glass" className="border-l-4 border-l-bad">
      <div className="space-y-4">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <div className="min-w-56 flex-1 space-y-0.5">
            <p className="text-sm">
              In an emergency two administrators put a version before tenants past closed gates: one asks,
              another confirms within the hour. Alarms sound both times.
            </p>
            {why && <p className="text-xs text-ink-soft">{why}</p>}
          </div>
          <Button look="danger" disabled={why !== undefined} onClick={() => setAsking(true)}>
            Break the glass
          </Button>
        </div>
        {found.isPending && <SkeletonRows label="Loading what was asked for" rows={1} />}
        {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
        {found.data && found.data.length > 0 && (
          <ul aria-label="Break-glass promotions" className="divide-y divide-line border-t pt-3">
            {found.data.map((one) => (
              <Row key={one.requestId} one={one} onConfirm={() => setConfirming(one)} />
            ))}
          </ul>
        )}
      </div>
      {asking && (
        <AskDialog lineage={lineage} versionId={versionId} closed={closed} onClose={() => setAsking(false)} />
      )}
      {confirming && <ConfirmOverride one={confirming} onClose={() => setConfirming(undefined)} />}
    </Card>
  )
}
