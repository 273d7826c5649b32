import { useParams } from 'react-router'

import type { Agent } from '@/api/types'
import { ModeBadge, modeExplained } from '@/components/mode-badge'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { Answer } from '@/features/agents/answer'
import { InvokeForm } from '@/features/agents/invoke-form'
import { useAgent } from '@/features/agents/queries'
import { useInvocation } from '@/features/agents/use-invocation'
import { mayInvoke, useProfile } from '@/features/bff/session'
import { StopButton } from '@/features/kill-switches/stop-button'

function Workbench({ agent }: { agent: Agent }) {
  const invocation = useInvocation(agent.name)
  const profile = useProfile()
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Card title="Run" labelledBy="run">
        {mayInvoke(profile) ? (
          <InvokeForm
            agent={agent}
            busy={invocation.busy}
            onInvoke={invocation.start}
            onStop={invocation.busy && !invocation.stopping ? invocation.stop : undefined}
          />
        ) : (
          <p className="text-ink-soft">
            Your role may look at agents and runs. To run them, ask your administrator for the developer role.
          </p>
        )}
      </Card>
      <div className="min-w-0 space-y-4">
        {invocation.stopError !== undefined && <ProblemAlert error={invocation.stopError} />}
        <Answer answer={invocation.answer} log={invocation.log} stopping={invocation.stopping} />
      </div>
    </div>
  )
}

export function AgentPage() {
  const { agent: name = '' } = useParams()
  const agent = useAgent(name)
  return (
    <Page
      title={name}
      lead={agent.data?.description}
      actions={agent.data && <StopButton scope="agent" target={name} />}
    >
      {agent.isPending && <SkeletonRows label="Loading the agent" />}
      {agent.isError && <ProblemAlert error={agent.error} onRetry={() => void agent.refetch()} />}
      {agent.data && (
        <>
          <p className="-mt-2 flex flex-wrap items-center gap-2 text-sm text-ink-soft">
            <ModeBadge mode={agent.data.mode} />
            {modeExplained(agent.data.mode)}
            <Badge>{agent.data.domain}</Badge>
            <Badge>{agent.data.tierMinimum} tier and up</Badge>
          </p>
          <Workbench key={name} agent={agent.data} />
        </>
      )}
    </Page>
  )
}
