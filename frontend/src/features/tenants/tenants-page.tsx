import { Link } from 'react-router'

import type { TenantRecord } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { Filter, oneOf, useFilters } from '@/components/filter'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { ButtonLink } from '@/components/ui/button'
import { STATUSES, TIERS, useTenants } from '@/features/tenants/queries'
import { formatMoney, sentenceCase } from '@/lib/format'

const COLUMNS: Column<TenantRecord>[] = [
  {
    head: 'Tenant',
    cell: ({ id }) => (
      <Link to={`/tenants/${id}`} className="text-accent underline underline-offset-2">
        <Mono>{id}</Mono>
      </Link>
    ),
  },
  { head: 'Name', cell: ({ name }) => <span className="font-medium">{name}</span> },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { head: 'Tier', cell: ({ tier }) => sentenceCase(tier) },
  { head: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { head: 'Monthly budget', cell: ({ monthlyBudget }) => formatMoney(monthlyBudget), end: true },
]

/** The tenants of the platform. The filters are part of the address, so that a view can be kept and shared. */
export function TenantsPage() {
  const [value, filter] = useFilters()
  const status = oneOf(STATUSES, value('status'))
  const tier = oneOf(TIERS, value('tier'))
  const tenants = useTenants({ status, tier })
  return (
    <Page
      title="Tenants"
      lead="Every organisation on this platform."
      actions={
        <ButtonLink to="/tenants/new" look="primary">
          Create a tenant
        </ButtonLink>
      }
    >
      <div role="search" aria-label="Filters" className="flex flex-wrap gap-4">
        <Filter label="Status" options={STATUSES} value={status} onChange={filter('status')} />
        <Filter label="Tier" options={TIERS} value={tier} onChange={filter('tier')} />
      </div>
      <Listing
        name="Tenants"
        list={tenants}
        columns={COLUMNS}
        keyOf={(tenant) => tenant.id}
        more="Show more tenants"
        empty={
          <EmptyState title={status || tier ? 'No tenant is like that' : 'No tenants yet'}>
            {status || tier
              ? 'Choose another status or tier.'
              : 'Create the first one; it is ready in a minute.'}
          </EmptyState>
        }
      />
    </Page>
  )
}
