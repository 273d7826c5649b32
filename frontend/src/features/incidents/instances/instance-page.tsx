import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'

import type { Tagged } from '@/api/client'
import type { Instance } from '@/api/registry'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { CanaryCard } from '@/features/incidents/instances/canary/canary-card'
import { isGrave, LABELS, MEANS, type MoveTo, offered } from '@/features/incidents/instances/moves'
import { instancesChanged, moveInstance, useInstance } from '@/features/incidents/instances/queries'
import { isStale, StaleNotice } from '@/features/incidents/instances/stale-notice'

interface MoveDialogProps {
  move: MoveTo
  instance: Tagged<Instance>
  onClose: () => void
  onStale: () => void
}

function MoveDialog({ move, instance: { value, etag }, onClose, onStale }: MoveDialogProps) {
  const client = useQueryClient()
  // what was looked at when the dialog opened is what is changed, though the page reads it again meanwhile
  const [seen] = useState(etag)
  return (
    <ConfirmDialog
      reason
      look={isGrave(move) ? 'danger' : 'primary'}
      title={`${LABELS[move]}: ${value.agent}`}
      action={LABELS[move]}
      run={async (reason) => {
        try {
          await moveInstance(value.agent, move, reason, seen)
        } catch (error) {
          if (!isStale(error)) throw error
          onStale()
        }
        await instancesChanged(client)
      }}
      onClose={onClose}
    >
      <p>{MEANS[move]}</p>
    </ConfirmDialog>
  )
}

function Moves({ instance, may }: { instance: Tagged<Instance>; may: boolean }) {
  const [asked, setAsked] = useState<MoveTo>()
  const [stale, setStale] = useState(false)
  const moves = offered(instance.value.transitions)
  return (
    <Card title="What may become of it" labelledBy="moves">
      {stale && <StaleNotice />}
      {!may && <p className="mb-3 text-xs text-ink-soft">By Tenant.Admin</p>}
      <ul className="divide-y divide-line">
        {moves.map((move) => (
          <li key={move} className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5 first:pt-0 last:pb-0">
            <p className="min-w-48 flex-1">{MEANS[move]}</p>
            <Button
              disabled={!may}
              look={move === 'active' ? 'primary' : move === 'quarantined' ? 'danger' : 'secondary'}
              onClick={() => {
                setStale(false)
                setAsked(move)
              }}
            >
              {LABELS[move]}
            </Button>
          </li>
        ))}
      </ul>
      {asked && (
        <MoveDialog
          move={asked}
          instance={instance}
          onClose={() => setAsked(undefined)}
          onStale={() => setStale(true)}
        />
      )}
    </Card>
  )
}

/** One instance: how it stands and why, and what may become of it. */
export function InstancePage() {
  const { agent = '' } = useParams()
  const found = useInstance(agent)
  const may = isTenantAdmin(useProfile())
  const instance = found.data?.value
  return (
    <Page
      title={agent}
      lead={instance ? <StatusBadge status={instance.status} /> : undefined}
      actions={<ButtonLink to={`/agents/${agent}`}>Run it</ButtonLink>}
    >
      <p role="status" className="sr-only">
        {instance && `The instance is ${instance.status.replace('_', ' ')}.`}
      </p>
      {found.isPending && (
        <Card flush>
          <SkeletonRows label="Loading the instance" rows={3} />
        </Card>
      )}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {instance && (
        <Card title="Instance" labelledBy="instance">
          <Facts
            facts={[
              ['Runs that go on', instance.running],
              ['Why', instance.reason],
              ['Since', instance.since && <Time key="since" at={instance.since} />],
              ['By', instance.by && <Mono key="by">{instance.by}</Mono>],
              [
                'Version',
                instance.versionId ? <Mono key="version">{instance.versionId}</Mono> : 'The agent’s default',
              ],
              ['Environment', instance.environment],
              ['Made', instance.createdAt && <Time key="made" at={instance.createdAt} />],
            ]}
          />
        </Card>
      )}
      {instance && <CanaryCard agent={agent} may={may} />}
      {found.data && <Moves instance={found.data} may={may} />}
    </Page>
  )
}
