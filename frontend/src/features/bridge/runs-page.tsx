import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'

import { itemsOf } from '@/api/pages'
import type { Run } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { type Column, Listing } from '@/components/listing'
import { modeLabel } from '@/components/mode-badge'
import { Page } from '@/components/page'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { Field, Select } from '@/components/ui/field'
import { useAgents } from '@/features/agents/queries'
import { useRuns } from '@/features/bridge/queries'
import { beginOf, PERIODS, since } from '@/features/bridge/since'
import { formatDuration, formatMoney, sentenceCase } from '@/lib/format'

const COLUMNS: Column<Run>[] = [
  {
    head: 'Run',
    cell: (run) => (
      <Link to={`/runs/${run.runId}`} className="text-accent underline underline-offset-2">
        <Mono>…{run.runId.slice(-10)}</Mono>
        <span className="sr-only"> of {run.agent}</span>
      </Link>
    ),
  },
  { head: 'Agent', cell: ({ agent }) => <span className="font-medium">{agent}</span> },
  { head: 'Mode', cell: ({ mode }) => modeLabel(mode) },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { head: 'Started', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { head: 'Duration', cell: ({ usage }) => (usage ? formatDuration(usage.durationMs) : '—'), end: true },
  { head: 'Cost', cell: ({ cost }) => (cost ? formatMoney(cost) : '—'), end: true },
]

const STATUSES = [
  ...['queued', 'running', 'awaiting_approval', 'paused', 'retrying'],
  ...['succeeded', 'failed', 'halted', 'cancelled', 'timed_out'],
] as const
const NAMES = ['agent', 'status', 'period'] as const
type Chosen = Record<(typeof NAMES)[number], string>

interface ChoiceProps {
  label: string
  value: string
  any: string
  options: readonly (readonly [value: string, label: string])[]
  onChange: (value: string) => void
}

function Choice({ label, value, any, options, onChange }: ChoiceProps) {
  return (
    <Field label={label}>
      {(props) => (
        <Select {...props} value={value} onChange={({ target }) => onChange(target.value)}>
          <option value="">{any}</option>
          {options.map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

/** What the list is narrowed to; it stands in the address, so that it can be sent to somebody. */
function useFilters(): [Chosen, (name: keyof Chosen, value: string) => void] {
  const [query, setQuery] = useSearchParams()
  const chosen = Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ''])) as Chosen
  const choose = (name: keyof Chosen, value: string) => {
    const said = Object.entries({ ...chosen, [name]: value }).filter(([, one]) => one)
    setQuery(Object.fromEntries(said), { replace: true })
  }
  return [chosen, choose]
}

function Filters({
  chosen,
  choose,
}: {
  chosen: Chosen
  choose: (name: keyof Chosen, value: string) => void
}) {
  const known = itemsOf(useAgents()).map(({ name }) => name)
  const agents = chosen.agent && !known.includes(chosen.agent) ? [...known, chosen.agent] : known
  return (
    <div role="search" aria-label="Filters" className="grid gap-3 sm:grid-cols-3 lg:max-w-3xl">
      <Choice
        label="Agent"
        any="Any"
        value={chosen.agent}
        options={agents.map((name) => [name, name])}
        onChange={(value) => choose('agent', value)}
      />
      <Choice
        label="Status"
        any="Any"
        value={STATUSES.find((one) => one === chosen.status) ?? ''}
        options={STATUSES.map((one) => [one, sentenceCase(one)])}
        onChange={(value) => choose('status', value)}
      />
      <Choice
        label="Started"
        any="Any time"
        value={chosen.period}
        options={PERIODS.map(([name, label]) => [name, label])}
        onChange={(value) => choose('period', value)}
      />
    </div>
  )
}

export function RunsPage() {
  const [chosen, choose] = useFilters()
  const [now] = useState(Date.now)
  const { agent, period } = chosen
  const status = STATUSES.find((one) => one === chosen.status)
  const runs = useRuns({ agent, status })
  return (
    <Page
      title="Runs"
      lead="Every run of your tenant, newest first."
      actions={
        <Button onClick={() => void runs.refetch()} disabled={runs.isFetching}>
          Refresh
        </Button>
      }
    >
      <Filters chosen={chosen} choose={choose} />
      <Listing
        name="Runs, newest first"
        list={since(runs, beginOf(period, now))}
        columns={COLUMNS}
        keyOf={(run) => run.runId}
        more="Show older runs"
        empty={
          agent || status || period ? (
            <EmptyState title="No such run">No run fits these filters, so far as it was looked.</EmptyState>
          ) : (
            <EmptyState title="No runs yet" action={<ButtonLink to="/agents">Choose an agent</ButtonLink>}>
              Run an agent and its history, usage and cost appear here.
            </EmptyState>
          )
        }
      />
    </Page>
  )
}
