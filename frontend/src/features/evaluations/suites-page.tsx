import { Link } from 'react-router'

import type { Suite } from '@/api/evaluations'
import { EmptyState } from '@/components/empty-state'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { percent } from '@/features/evaluations/progress'
import { useSuites } from '@/features/evaluations/queries'

const COLUMNS: Column<Suite>[] = [
  {
    head: 'Suite',
    cell: ({ name, description }) => (
      <span className="block max-w-56 sm:max-w-80">
        <Link
          to={`/evaluation-suites/${name}`}
          className="font-medium text-accent underline underline-offset-2"
        >
          {name}
        </Link>
        <span className="block truncate text-xs text-ink-soft" title={description}>
          {description}
        </span>
      </span>
    ),
  },
  { head: 'Agents', cell: ({ agents }) => agents.join(', ') },
  {
    head: 'For promotion',
    cell: ({ required }) => (
      <Badge tone={required ? 'accent' : 'neutral'}>{required ? 'Required' : 'Not required'}</Badge>
    ),
  },
  { head: 'Version', cell: ({ version }) => version, end: true },
  { head: 'Cases', cell: ({ cases }) => cases, end: true },
  { head: 'Repeats', cell: ({ repeats }) => repeats, end: true },
  { head: 'Enough', cell: ({ threshold }) => percent(threshold), end: true },
  { head: 'Pushed', cell: ({ createdAt }) => <Time at={createdAt} /> },
]

/** What versions are tried with. */
export function SuitesPage() {
  return (
    <Page
      title="Evaluation suites"
      lead="What versions are tried with, each in its latest version. Agents never see what is expected of them."
    >
      <Listing
        name="Suites, by name"
        list={useSuites()}
        columns={COLUMNS}
        keyOf={({ name }) => name}
        empty={
          <EmptyState title="No suites yet">
            Push one with <code className="font-mono text-xs">ambit suites push FILE</code>.
          </EmptyState>
        }
      />
    </Page>
  )
}
