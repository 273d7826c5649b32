import { useState } from 'react'

import type { Tagged } from '@/api/client'
import type { Tenant } from '@/api/types'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { ExportCard } from '@/features/tenants/export-card'
import { exportOwnTenant, OWN_EXPORTS, useOwnTenant } from '@/features/tenants/queries'
import { SettingsCard } from '@/features/tenants/settings-card'
import { formatMoney, sentenceCase } from '@/lib/format'

function Details({ tenant }: { tenant: Tenant }) {
  return (
    <Card title={tenant.name} labelledBy="tenant-name" actions={<StatusBadge status={tenant.status} />}>
      <Facts
        facts={[
          ['Tenant id', <Mono key="id">{tenant.id}</Mono>],
          ['Tier', sentenceCase(tenant.tier)],
          ['Region', tenant.residency && <Mono key="region">{tenant.residency}</Mono>],
          ['Monthly budget', tenant.monthlyBudget && formatMoney(tenant.monthlyBudget)],
          ['Administrator', tenant.adminEmail],
          ['Since', tenant.createdAt && <Time key="since" at={tenant.createdAt} />],
        ]}
      />
    </Card>
  )
}

function Administration({ tenant }: { tenant: Tagged<Tenant> }) {
  const [saved, setSaved] = useState(false)
  return (
    <>
      <SettingsCard key={tenant.etag} tenant={tenant} saved={saved} onSaved={() => setSaved(true)} />
      <ExportCard begin={exportOwnTenant} home={OWN_EXPORTS} />
    </>
  )
}

export function TenantPage() {
  const profile = useProfile()
  const tenant = useOwnTenant()
  return (
    <Page title="Tenant" lead="Your organisation as the platform knows it.">
      {tenant.isPending && <SkeletonRows label="Loading the tenant" rows={3} />}
      {tenant.isError && <ProblemAlert error={tenant.error} onRetry={() => void tenant.refetch()} />}
      {tenant.data && <Details tenant={tenant.data.value} />}
      {tenant.data && isTenantAdmin(profile) && <Administration tenant={tenant.data} />}
      {profile && (
        <Card title="You" labelledBy="you">
          <Facts
            facts={[
              ['Email', profile.email],
              ['Name', profile.name],
              ['Roles', profile.roles?.join(', ')],
            ]}
          />
        </Card>
      )}
    </Page>
  )
}
