import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'

import type { TenantRecord } from '@/api/types'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { DeleteCard } from '@/features/tenants/delete-card'
import { ExportCard } from '@/features/tenants/export-card'
import { OperationCard } from '@/features/tenants/operation-card'
import {
  exportTenant,
  OPERATIONS,
  reinstateTenant,
  tenantChanged,
  useTenant,
} from '@/features/tenants/queries'
import { SuspendDialog } from '@/features/tenants/suspend-dialog'
import { formatMoney, sentenceCase } from '@/lib/format'

const DELETABLE = new Set(['active', 'suspended', 'deleting'])

function SuspendButton({ tenant }: { tenant: TenantRecord }) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Suspend
      </Button>
      {asking && <SuspendDialog tenantId={tenant.id} onClose={() => setAsking(false)} />}
    </>
  )
}

function Suspension({ tenant }: { tenant: TenantRecord }) {
  const client = useQueryClient()
  const reinstate = useMutation({
    mutationFn: () => reinstateTenant(tenant.id),
    onSuccess: () => tenantChanged(client),
  })
  return (
    <Card
      title="Suspended"
      labelledBy="suspension"
      actions={
        <Button look="primary" onClick={() => reinstate.mutate()} disabled={reinstate.isPending}>
          {reinstate.isPending ? 'Reinstating…' : 'Reinstate'}
        </Button>
      }
    >
      <Facts
        facts={[
          ['Reason', tenant.suspensionReason],
          ['Since', tenant.suspendedAt && <Time key="since" at={tenant.suspendedAt} />],
        ]}
      />
      {reinstate.isError && <ProblemAlert error={reinstate.error} />}
    </Card>
  )
}

function Details({ tenant }: { tenant: TenantRecord }) {
  return (
    <>
      {tenant.status === 'suspended' && <Suspension tenant={tenant} />}
      <Card title="Tenant" labelledBy="tenant">
        <Facts
          facts={[
            ['Tenant id', <Mono key="id">{tenant.id}</Mono>],
            ['Tier', sentenceCase(tenant.tier)],
            ['Monthly budget', formatMoney(tenant.monthlyBudget)],
            ['Region', <Mono key="region">{tenant.residency}</Mono>],
            ['Administrator', tenant.adminEmail],
            ['Since', <Time key="since" at={tenant.createdAt} />],
            ['Last changed', <Time key="changed" at={tenant.updatedAt} />],
          ]}
        />
      </Card>
      {tenant.operationId && <OperationCard key={tenant.operationId} id={tenant.operationId} />}
      {(tenant.status === 'active' || tenant.status === 'suspended') && (
        <ExportCard begin={(attempt) => exportTenant(tenant.id, attempt)} home={OPERATIONS} />
      )}
      {DELETABLE.has(tenant.status) && <DeleteCard tenant={tenant} />}
    </>
  )
}

/** One tenant as the platform's operators see it. */
export function OperatorTenantPage() {
  const { id = '' } = useParams()
  const tenant = useTenant(id)
  return (
    <Page
      title={tenant.data?.name ?? 'Tenant'}
      lead={
        <span className="flex flex-wrap items-center gap-2">
          {tenant.data && <StatusBadge status={tenant.data.status} />}
          <Mono>{id}</Mono>
        </span>
      }
      actions={
        tenant.data?.status === 'active' && (
          <>
            <ButtonLink to={`/tenants/${id}/instances`}>Instances</ButtonLink>
            <SuspendButton tenant={tenant.data} />
          </>
        )
      }
    >
      <p role="status" className="sr-only">
        {tenant.data && `The tenant is ${tenant.data.status}.`}
      </p>
      {tenant.isPending && <SkeletonRows label="Loading the tenant" rows={3} />}
      {tenant.isError && <ProblemAlert error={tenant.error} onRetry={() => void tenant.refetch()} />}
      {tenant.data && <Details tenant={tenant.data} />}
    </Page>
  )
}
