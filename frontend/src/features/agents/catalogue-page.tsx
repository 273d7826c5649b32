import { Link } from 'react-router'

import type { Agent } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { ModeBadge, modeExplained } from '@/components/mode-badge'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Skeleton } from '@/components/ui/skeleton'
import { useAgents } from '@/features/agents/queries'

function AgentCard({ agent }: { agent: Agent }) {
  return (
    <li className="group relative flex flex-col gap-2 rounded-lg border bg-surface p-4 focus-within:border-accent hover:border-line-strong">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="font-semibold">
          <Link to={`/agents/${agent.name}`} className="group-hover:underline after:absolute after:inset-0">
            {agent.name}
          </Link>
        </h2>
        <ModeBadge mode={agent.mode} />
      </div>
      <p className="flex-1 text-ink-soft">{agent.description}</p>
      <p className="flex flex-wrap items-center gap-2 text-xs text-ink-soft">
        <span>{modeExplained(agent.mode)}</span>
        <Badge>{agent.domain}</Badge>
        <Badge>{agent.tierMinimum} tier and up</Badge>
      </p>
    </li>
  )
}

function Loading() {
  return (
    <div role="status" className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
      <span className="sr-only">Loading the agents</span>
      {[1, 2, 3].map((card) => (
        <Skeleton key={card} className="h-32" />
      ))}
    </div>
  )
}

function NoAgents() {
  return (
    <Card>
      <EmptyState title="No agents yet">
        Nothing has been approved for your tenant’s tier. Ask your platform’s operators, or push one with
        <code className="mx-1 font-mono text-xs">ambit push</code>on a development machine.
      </EmptyState>
    </Card>
  )
}

export function CataloguePage() {
  const agents = useAgents()
  const found = agents.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Page title="Agents" lead="What your tenant may use. Choose one to run it.">
      {agents.isPending && <Loading />}
      {agents.isError && <ProblemAlert error={agents.error} onRetry={() => void agents.refetch()} />}
      {agents.isSuccess && found.length === 0 && <NoAgents />}
      {found.length > 0 && (
        <ul aria-label="Agents" className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {found.map((agent) => (
            <AgentCard key={agent.name} agent={agent} />
          ))}
        </ul>
      )}
      {agents.hasNextPage && (
        <Button onClick={() => void agents.fetchNextPage()} disabled={agents.isFetchingNextPage}>
          Show more
        </Button>
      )}
    </Page>
  )
}
