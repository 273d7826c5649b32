import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'

import type { Tagged } from '@/api/client'
import { itemsOf } from '@/api/pages'
import type { Canary } from '@/api/registry'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { CommandLine } from '@/components/command-line'
import { Facts, Mono } from '@/components/facts'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { Person } from '@/features/bff/person'
import { canaryChanged, endCanary, useCanary } from '@/features/incidents/instances/canary/queries'
import { ShareDialog } from '@/features/incidents/instances/canary/share-dialog'
import { TallyTable } from '@/features/incidents/instances/canary/tally'
import {
  incidentOf,
  isGoing,
  judgement,
  REASONS,
  rolledBackByItself,
} from '@/features/incidents/instances/canary/words'
import { isStale, StaleNotice } from '@/features/incidents/instances/stale-notice'
import { useIncidents } from '@/features/incidents/queries'

const LINK = 'text-accent underline underline-offset-2'

/** The incident that tells of the roll-back; the list of them while it is not found. */
function Incident({ canary }: { canary: Canary }) {
  const found = incidentOf(itemsOf(useIncidents(false, { severity: 'S3' })), canary)
  return (
    <Link to={found ? `/incidents/${found.incidentId}` : '/incidents'} className={LINK}>
      {found ? 'The incident' : 'Incidents'}
    </Link>
  )
}

/** That the candidate was taken back without anybody's doing, and why. */
function RolledBack({ canary }: { canary: Canary }) {
  return (
    <div role="alert" className="rounded-md border-l-4 border-bad bg-bad-soft px-3 py-2">
      <p className="font-semibold">Rolled back by itself: {REASONS[canary.reason ?? ''] ?? canary.reason}.</p>
      <p>
        More than chance explains. Every session goes to what ran already. <Incident canary={canary} />
      </p>
    </div>
  )
}

function Standing({ canary }: { canary: Canary }) {
  if (rolledBackByItself(canary)) return <RolledBack canary={canary} />
  if (canary.status === 'void') {
    return (
      <p className="rounded-md border-l-4 border-warn bg-warn-soft px-3 py-2">
        One of its versions is no longer what it was when it began: every session goes to what tenants run.
      </p>
    )
  }
  if (canary.status === 'on') return <p>{judgement(canary)}</p>
  return null
}

/** How the candidate becomes what all tenants run: that is for operators, and through the gates. */
function Promotion({ candidate }: { candidate: string }) {
  return (
    <div className="space-y-1.5">
      <p>To make the candidate what all tenants run, an operator approves it as the default:</p>
      <CommandLine text={`ambit versions promote ${candidate} approved`} name="the operator’s command" />
    </div>
  )
}

function Details({ canary }: { canary: Canary }) {
  return (
    <div className="space-y-4">
      <Standing canary={canary} />
      <TallyTable canary={canary} />
      <Facts
        facts={[
          ['Reason', rolledBackByItself(canary) ? undefined : canary.reason],
          ['Started', <Time key="started" at={canary.startedAt} />],
          ['By', canary.startedBy && <Person key="by" id={canary.startedBy} />],
          ['Ended', canary.endedAt && <Time key="ended" at={canary.endedAt} />],
          ['Ended by', canary.endedBy && <Person key="endedBy" id={canary.endedBy} />],
          ['Canary', canary.canaryId && <Mono key="id">{canary.canaryId}</Mono>],
        ]}
      />
      {canary.status === 'on' && canary.candidate && <Promotion candidate={canary.candidate.versionId} />}
    </div>
  )
}

interface EndDialogProps {
  agent: string
  canary: Tagged<Canary>
  onClose: () => void
  onStale: () => void
}

function EndDialog({ agent, canary: { etag }, onClose, onStale }: EndDialogProps) {
  const client = useQueryClient()
  const [seen] = useState(etag)
  return (
    <ConfirmDialog
      title={`End the canary: ${agent}`}
      action="End the canary"
      run={async () => {
        try {
          await endCanary(agent, seen)
        } catch (error) {
          if (!isStale(error)) throw error
          onStale()
        }
        await canaryChanged(client)
      }}
      onClose={onClose}
    >
      <p>Every session goes to what ran already, within ten seconds. Runs that go on end on their version.</p>
    </ConfirmDialog>
  )
}

type Act = 'share' | 'end'

interface ActionsProps {
  canary: Canary
  may: boolean
  onAct: (act: Act) => void
}

function Actions({ canary, may, onAct }: ActionsProps) {
  const on = canary.status === 'on'
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-2">
      {!may && <span className="text-xs text-ink-soft">By Tenant.Admin</span>}
      <span className="flex flex-wrap gap-2">
        {isGoing(canary) && (
          <Button look="danger" disabled={!may} onClick={() => onAct('end')}>
            End the canary
          </Button>
        )}
        <Button disabled={!may} onClick={() => onAct('share')}>
          {on ? 'Change the share' : 'Start a canary'}
        </Button>
      </span>
    </span>
  )
}

/** A share of the tenant's sessions with an agent on its second approved version: how both do, and what to do. */
export function CanaryCard({ agent, may }: { agent: string; may: boolean }) {
  const found = useCanary(agent)
  const [act, setAct] = useState<Act>()
  const [stale, setStale] = useState(false)
  const canary = found.data?.value
  const begin = (wanted: Act) => {
    setStale(false)
    setAct(wanted)
  }
  const dialog = { agent, onClose: () => setAct(undefined), onStale: () => setStale(true) }
  return (
    <Card
      labelledBy="canary"
      title={
        <span className="flex flex-wrap items-center gap-2">
          Canary
          {canary && canary.status !== 'none' && <StatusBadge status={canary.status} />}
          {canary?.status === 'on' && (
            <span className="font-normal tabular-nums">{canary.percent} % of sessions</span>
          )}
        </span>
      }
      actions={canary && <Actions canary={canary} may={may} onAct={begin} />}
    >
      {stale && <StaleNotice />}
      {found.isPending && <SkeletonRows label="Loading the canary" rows={3} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {canary?.status === 'none' && (
        <p className="max-w-prose text-ink-soft">
          None yet. A canary lets a share of your sessions go to the agent’s second approved version, and
          takes it back by itself when it does worse.
        </p>
      )}
      {canary && canary.status !== 'none' && <Details canary={canary} />}
      {found.data && act === 'share' && <ShareDialog {...dialog} canary={found.data} />}
      {found.data && act === 'end' && <EndDialog {...dialog} canary={found.data} />}
    </Card>
  )
}
