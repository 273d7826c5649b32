import { Link, useSearchParams } from 'react-router'

import type { IncidentSummary } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Field, Select } from '@/components/ui/field'
import { useIncidents } from '@/features/incidents/queries'
import { severityTone, statusTone } from '@/features/incidents/words'

const STATUSES = ['open', 'mitigated', 'resolved'] as const

const columns = (path: string): Column<IncidentSummary>[] => [
  {
    head: 'What',
    cell: ({ incidentId, title }) => (
      <Link to={`${path}/${incidentId}`} className="block max-w-lg truncate text-accent" title={title}>
        {title}
      </Link>
    ),
  },
  { head: 'Severity', cell: ({ severity }) => <Badge tone={severityTone(severity)}>{severity}</Badge> },
  { head: 'Status', cell: ({ status }) => <Badge tone={statusTone(status)}>{status}</Badge> },
  { head: 'Kind', cell: ({ kind }) => kind },
  { head: 'Events', cell: ({ count }) => count, end: true },
  { head: 'Last', cell: ({ lastEventAt }) => <Time at={lastEventAt} /> },
]

/** What went wrong, newest first: a tenant's own, or the platform's. */
export function IncidentsPage({ platform = false }: { platform?: boolean }) {
  const [query, setQuery] = useSearchParams()
  const status = STATUSES.find((one) => one === query.get('status')) ?? ''
  const incidents = useIncidents(platform, { status })
  return (
    <Page
      title={platform ? 'Platform incidents' : 'Incidents'}
      lead="Halted runs, refusals that pile up, agents that fall together. What is the same within an hour is one incident."
    >
      <div role="search" aria-label="Filters" className="w-52">
        <Field label="Status">
          {(props) => (
            <Select
              {...props}
              value={status}
              onChange={({ target }) =>
                setQuery(target.value ? { status: target.value } : {}, { replace: true })
              }
            >
              <option value="">Any</option>
              {STATUSES.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <Listing
        name="Incidents, newest first"
        list={incidents}
        columns={columns(platform ? '/platform-incidents' : '/incidents')}
        keyOf={({ incidentId }) => incidentId}
        more="Show older incidents"
        empty={<EmptyState title="Nothing has happened">Runs that are halted appear here.</EmptyState>}
      />
    </Page>
  )
}
