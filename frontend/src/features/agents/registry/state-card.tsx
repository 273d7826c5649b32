import type { Lineage, VersionNode, VersionStatus } from '@/api/registry'
import { Card } from '@/components/ui/card'
import { StateMachine } from '@/features/agents/registry/state-machine'
import type { ReactNode } from 'react'

export function countsOf(nodes: readonly VersionNode[]): Partial<Record<VersionStatus, number>> {
  const counts: Partial<Record<VersionStatus, number>> = {}
  for (const { status } of nodes) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

interface StateCardProps {
  node: VersionNode
  lineage: Lineage
  actions?: ReactNode
  children?: ReactNode
}

/** Where a version stands among the states there are. */
export function StateCard({ node, lineage, actions, children }: StateCardProps) {
  return (
    <Card title="State" labelledBy="state" actions={actions}>
      <div className="space-y-4">
        <StateMachine current={node.status} moves={lineage.moves} counts={countsOf(lineage.items)} />
        <p className="text-xs text-ink-soft">
          Filled: where this version stands. Outlined in colour: where it may go. Numbers: how many of the
          agent’s versions are in a state.
        </p>
        {children}
      </div>
    </Card>
  )
}
