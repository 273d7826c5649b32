import { useState } from 'react'
import { Link, useParams } from 'react-router'

import { itemsOf } from '@/api/pages'
import type { Instance } from '@/api/registry'
import { EmptyState } from '@/components/empty-state'
import { Filter, oneOf, useFilters } from '@/components/filter'
import { type Column, DataTable } from '@/components/listing'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { ShortId } from '@/components/short-id'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { BulkBar, BulkResult, type Done } from '@/features/incidents/instances/bulk-card'
import { useInstances } from '@/features/incidents/instances/queries'

const STATUSES = ['active', 'read_only', 'draining', 'paused', 'halted', 'quarantined'] as const
/** As many as the API takes at once. */
const MOST = 50

interface Choosing {
  chosen: ReadonlySet<string>
  toggle: (agent: string) => void
}

function Choice({ agent, chosen, toggle }: Choosing & { agent: string }) {
  return (
    <input
      type="checkbox"
      aria-label={`Choose ${agent}`}
      checked={chosen.has(agent)}
      disabled={!chosen.has(agent) && chosen.size >= MOST}
      onChange={() => toggle(agent)}
      className="size-4 accent-accent"
    />
  )
}

/** `own` instances have a page; `choosing` is there for those who may change them. */
const columns = (own: boolean, choosing: Choosing | undefined): Column<Instance>[] => [
  {
    head: 'Agent',
    cell: ({ agent }) => (
      <span className="flex items-center gap-3 font-medium">
        {choosing && <Choice agent={agent} {...choosing} />}
        {own ? (
          <Link to={`/instances/${agent}`} className="text-accent underline underline-offset-2">
            {agent}
          </Link>
        ) : (
          agent
        )}
      </span>
    ),
  },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  {
    head: 'Why',
    cell: ({ reason }) =>
      reason ? (
        <span className="block max-w-72 truncate" title={reason}>
          {reason}
        </span>
      ) : (
        <span className="text-ink-soft">—</span>
      ),
  },
  { head: 'Since', cell: ({ since }) => <Time at={since} /> },
  {
    head: 'Version',
    cell: ({ versionId }) => (versionId ? <ShortId id={versionId} /> : 'The agent’s default'),
  },
]

interface InstancesProps {
  tenant: string | undefined
  may: boolean
}

function Instances({ tenant, may }: InstancesProps) {
  const instances = useInstances(tenant)
  const [value, filter] = useFilters()
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [done, setDone] = useState<Done>()
  const status = oneOf(STATUSES, value('status'))
  const all = itemsOf(instances)
  const shown = all.filter((one) => !status || one.status === status)
  // what the filter hides is not changed
  const chosen = new Set(shown.map(({ agent }) => agent).filter((agent) => picked.has(agent)))
  const toggle = (agent: string) =>
    setPicked((now) => {
      const next = new Set(now)
      if (!next.delete(agent)) next.add(agent)
      return next
    })
  const finished = (result: Done) => {
    setPicked(new Set())
    setDone(result)
  }
  const chooseAll = () => setPicked(new Set(shown.slice(0, MOST).map(({ agent }) => agent)))
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div role="search" aria-label="Filters">
          <Filter label="Status" options={STATUSES} value={status} onChange={filter('status')} />
        </div>
        {may && all.length > 0 && (
          <BulkBar tenant={tenant} agents={[...chosen]} onAll={chooseAll} onDone={finished} />
        )}
      </div>
      {done && <BulkResult done={done} onClose={() => setDone(undefined)} />}
      {instances.isError && <ProblemAlert error={instances.error} onRetry={() => void instances.refetch()} />}
      <Card flush>
        {instances.isPending && <SkeletonRows label="Loading the instances" />}
        {instances.isSuccess && shown.length === 0 && (
          <EmptyState title={status ? 'No instance is like that' : 'No instances yet'}>
            {status
              ? 'Choose another status.'
              : 'An instance is made when an agent is run for the first time.'}
          </EmptyState>
        )}
        {shown.length > 0 && (
          <DataTable
            name="Instances, by agent"
            rows={shown}
            columns={columns(tenant === undefined, may ? { chosen, toggle } : undefined)}
            keyOf={({ agent }) => agent}
          />
        )}
      </Card>
    </>
  )
}

/** The tenant's instances: how each agent stands for its people and machines. */
export function InstancesPage() {
  return (
    <Page title="Instances" lead="Your tenant’s use of each agent: whether it runs, and what holds it back.">
      <Instances tenant={undefined} may={isTenantAdmin(useProfile())} />
    </Page>
  )
}

/** A tenant's instances as operators see and change them. */
export function TenantsInstancesPage() {
  const { id = '' } = useParams()
  return (
    <Page
      title={`Instances of ${id}`}
      lead="What is changed here stands in the tenant’s own audit log, with your name and reason."
      actions={<ButtonLink to={`/tenants/${id}`}>The tenant</ButtonLink>}
    >
      <Instances key={id} may tenant={id} />
    </Page>
  )
}
