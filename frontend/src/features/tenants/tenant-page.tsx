import { useQuery } from '@tanstack/react-query'

import { getJson } from '@/api/client'
import type { Tenant } from '@/api/types'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useProfile } from '@/features/bff/session'
import { formatMoney, sentenceCase } from '@/lib/format'

export function TenantPage() {
  const profile = useProfile()
  const tenant = useQuery({
    queryKey: ['tenant'],
    queryFn: ({ signal }) => getJson<Tenant>('/v1/tenant', signal),
  })
  return (
    <Page title="Tenant" lead="Your organisation as the platform knows it.">
      {tenant.isPending && <SkeletonRows label="Loading the tenant" rows={3} />}
      {tenant.isError && <ProblemAlert error={tenant.error} onRetry={() => void tenant.refetch()} />}
      {tenant.data && (
        <Card
          title={tenant.data.name}
          labelledBy="tenant-name"
          actions={<StatusBadge status={tenant.data.status} />}
        >
          <Facts
            facts={[
              ['Tenant id', <Mono key="id">{tenant.data.id}</Mono>],
              ['Tier', sentenceCase(tenant.data.tier)],
              ['Region', tenant.data.residency && <Mono key="region">{tenant.data.residency}</Mono>],
              ['Monthly budget', tenant.data.monthlyBudget && formatMoney(tenant.data.monthlyBudget)],
              ['Administrator', tenant.data.adminEmail],
              ['Since', tenant.data.createdAt && <Time key="since" at={tenant.data.createdAt} />],
            ]}
          />
        </Card>
      )}
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
