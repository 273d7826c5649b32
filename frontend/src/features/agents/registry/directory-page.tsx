import { Link } from 'react-router'

import { itemsOf } from '@/api/pages'
import type { Template } from '@/api/registry'
import { EmptyState } from '@/components/empty-state'
import { Filter, oneOf, TextFilter, useFilters } from '@/components/filter'
import { type Column, DataTable } from '@/components/listing'
import { ModeBadge, modeLabel } from '@/components/mode-badge'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { ShortId } from '@/components/short-id'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import {
  filtered,
  ownersOf,
  type State,
  STATE_NAMES,
  stateOf,
  STATES,
} from '@/features/agents/registry/directory'
import { versionPath } from '@/features/agents/registry/lineage-table'
import { useTemplates } from '@/features/agents/registry/queries'
import { TIERS } from '@/features/tenants/queries'
import { sentenceCase } from '@/lib/format'

const TONES: Record<State, Tone> = { in_use: 'good', canary: 'info', not_released: 'neutral' }
const MODES = ['sync', 'streaming', 'async'] as const

function VersionLink({ agent, id }: { agent: string; id: string | null | undefined }) {
  if (!id) return <span className="text-ink-soft">—</span>
  return (
    <Link to={versionPath(agent, id)} className="text-accent underline underline-offset-4">
      <ShortId id={id} />
    </Link>
  )
}

const COLUMNS: Column<Template>[] = [
  {
    head: 'Agent',
    cell: ({ name, description }) => (
      <span className="block max-w-56 sm:max-w-72">
        <Link to={`/directory/${name}`} className="font-medium text-accent underline underline-offset-2">
          {name}
        </Link>
        <span className="block truncate text-xs text-ink-soft" title={description}>
          {description}
        </span>
      </span>
    ),
  },
  {
    head: 'State',
    cell: (one) => <Badge tone={TONES[stateOf(one)]}>{STATE_NAMES[stateOf(one)]}</Badge>,
  },
  { head: 'Default version', cell: (one) => <VersionLink agent={one.name} id={one.approvedVersionId} /> },
  { head: 'Second version', cell: (one) => <VersionLink agent={one.name} id={one.secondVersionId} /> },
  { head: 'Mode', cell: ({ mode }) => <ModeBadge mode={mode} /> },
  { head: 'Tier', cell: ({ tierMinimum }) => `${sentenceCase(tierMinimum)} and up` },
  { head: 'Owner', cell: ({ owner }) => owner },
]

const stateName = (state: string): string => STATE_NAMES[state as State]

function NothingFits({ onClear }: { onClear: () => void }) {
  return (
    <EmptyState title="No agent is like that" action={<Button onClick={onClear}>Clear the filters</Button>}>
      Fewer words or other filters find more.
    </EmptyState>
  )
}

/** Every agent of the platform as its operators see it. */
export function DirectoryPage() {
  const templates = useTemplates()
  const [value, filter, clear] = useFilters()
  const all = itemsOf(templates)
  const wanted = {
    text: value('q'),
    owner: value('owner'),
    mode: oneOf(MODES, value('mode')),
    state: oneOf(STATES, value('state')),
    tier: oneOf(TIERS, value('tier')),
  }
  const shown = filtered(all, wanted)
  return (
    <Page
      title="Agent directory"
      lead="Every agent of the platform, what tenants run of it, and who owns it."
    >
      <div role="search" aria-label="Filters" className="flex flex-wrap gap-x-4 gap-y-3">
        <TextFilter
          label="Find"
          value={wanted.text}
          onChange={filter('q')}
          placeholder="Name, domain, words"
        />
        <Filter
          label="Owner"
          options={ownersOf(all)}
          value={wanted.owner}
          onChange={filter('owner')}
          nameOf={(owner) => owner}
        />
        <Filter
          label="Mode"
          options={MODES}
          value={wanted.mode}
          onChange={filter('mode')}
          nameOf={(mode) => modeLabel(mode as (typeof MODES)[number])}
        />
        <Filter
          label="State"
          options={STATES}
          value={wanted.state}
          onChange={filter('state')}
          nameOf={stateName}
        />
        <Filter label="Tier" options={TIERS} value={wanted.tier} onChange={filter('tier')} />
      </div>
      {templates.isError && <ProblemAlert error={templates.error} onRetry={() => void templates.refetch()} />}
      <p role="status" className="text-sm text-ink-soft">
        {templates.isSuccess ? `${shown.length} of ${all.length} agents` : ' '}
      </p>
      <Card flush>
        {templates.isPending && <SkeletonRows label="Loading the agents" />}
        {templates.isSuccess && all.length === 0 && (
          <EmptyState title="No agents yet">
            The first one comes with <code className="font-mono text-xs">ambit push</code>.
          </EmptyState>
        )}
        {all.length > 0 && shown.length === 0 && <NothingFits onClear={clear} />}
        {shown.length > 0 && (
          <DataTable name="Agents, by name" rows={shown} columns={COLUMNS} keyOf={({ name }) => name} />
        )}
      </Card>
    </Page>
  )
}
