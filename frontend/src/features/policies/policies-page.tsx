import { Link } from 'react-router'

import type { PolicySummary } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { Time } from '@/components/time'
import { ButtonLink } from '@/components/ui/button'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { usePolicies } from '@/features/policies/queries'

const COLUMNS: Column<PolicySummary>[] = [
  {
    head: 'Policy',
    cell: ({ policyId, name }) => (
      <Link to={`/policies/${policyId}`} className="font-medium text-accent underline underline-offset-2">
        {name}
      </Link>
    ),
  },
  { head: 'For', cell: ({ agent }) => agent ?? 'All agents' },
  { head: 'Version', cell: ({ version }) => version },
  { head: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
]

/** What the tenant lets its agents do, beyond what their manifests already keep them from. */
export function PoliciesPage() {
  const mayWrite = isTenantAdmin(useProfile())
  return (
    <Page
      title="Policies"
      lead="What narrows your agents: one policy for all of them, and one for each."
      actions={
        mayWrite && (
          <ButtonLink to="/policies/new" look="primary">
            New policy
          </ButtonLink>
        )
      }
    >
      <Listing
        name="Policies, newest first"
        list={usePolicies()}
        columns={COLUMNS}
        keyOf={({ policyId }) => policyId}
        more="Show older policies"
        empty={<EmptyState title="No policies">Agents may do what their manifests say.</EmptyState>}
      />
    </Page>
  )
}
