import { useParams } from 'react-router'

import type { Lineage, Template } from '@/api/registry'
import { EmptyState } from '@/components/empty-state'
import { Facts } from '@/components/facts'
import { useFilters } from '@/components/filter'
import { ModeBadge } from '@/components/mode-badge'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Select } from '@/components/ui/field'
import { Skeleton, SkeletonRows } from '@/components/ui/skeleton'
import { STATE_NAMES, stateOf } from '@/features/agents/registry/directory'
import { LineageTable, versionName, versionPath } from '@/features/agents/registry/lineage-table'
import { MoveButtons } from '@/features/agents/registry/move-buttons'
import { useLineage, useTemplate } from '@/features/agents/registry/queries'
import { StateCard } from '@/features/agents/registry/state-card'
import { sentenceCase } from '@/lib/format'

/** The state machine of one of the versions, the newest until another is chosen. */
function Life({ lineage }: { lineage: Lineage }) {
  const [value, set] = useFilters()
  const newestFirst = lineage.items.toReversed()
  const node = newestFirst.find(({ versionId }) => versionId === value('version')) ?? newestFirst[0]
  if (!node) return null
  const chosen = (
    <div className="flex flex-wrap items-center gap-2">
      <div className="w-72 max-w-full">
        <Select
          aria-label="Version"
          value={node.versionId}
          onChange={(event) => set('version')(event.target.value)}
        >
          {newestFirst.map((one) => (
            <option key={one.versionId} value={one.versionId}>
              {versionName(one, lineage)}
            </option>
          ))}
        </Select>
      </div>
      <ButtonLink to={versionPath(lineage.agent, node.versionId)}>Open</ButtonLink>
    </div>
  )
  return (
    <StateCard node={node} lineage={lineage} actions={chosen}>
      <MoveButtons key={node.versionId} node={node} lineage={lineage} />
    </StateCard>
  )
}

function About({ template }: { template: Template }) {
  return (
    <Card title="Agent" labelledBy="agent">
      <Facts
        facts={[
          ['Owner', template.owner],
          ['Domain', template.domain],
          ['Smallest tier', sentenceCase(template.tierMinimum)],
          ['Registered', <Time key="made" at={template.createdAt} />],
          ['Last changed', <Time key="changed" at={template.updatedAt} />],
        ]}
      />
    </Card>
  )
}

function Versions({ lineage }: { lineage: Lineage }) {
  if (lineage.items.length === 0) {
    return (
      <Card title="Lineage" labelledBy="lineage">
        <EmptyState title="No version yet">
          <code className="font-mono text-xs">ambit push</code> registers the first one.
        </EmptyState>
      </Card>
    )
  }
  return (
    <>
      <Card title="Lineage" labelledBy="lineage" flush>
        <LineageTable lineage={lineage} />
      </Card>
      <Life lineage={lineage} />
    </>
  )
}

/** One agent: which versions there are, which follows from which, and what may become of each. */
export function TemplatePage() {
  const { agent = '' } = useParams()
  const template = useTemplate(agent)
  const lineage = useLineage(agent)
  return (
    <Page
      title={agent}
      lead={
        template.data ? (
          <>
            <p>{template.data.description}</p>
            <p className="mt-2 flex flex-wrap gap-2">
              <ModeBadge mode={template.data.mode} />
              <Badge>{STATE_NAMES[stateOf(template.data)]}</Badge>
            </p>
          </>
        ) : (
          template.isPending && <Skeleton className="h-12 w-72" />
        )
      }
      actions={
        template.data && (
          <ButtonLink to={`/evaluations?agent=${encodeURIComponent(agent)}`}>Evaluations</ButtonLink>
        )
      }
    >
      {template.isError && <ProblemAlert error={template.error} onRetry={() => void template.refetch()} />}
      {template.isSuccess && lineage.isError && (
        <ProblemAlert error={lineage.error} onRetry={() => void lineage.refetch()} />
      )}
      {lineage.isPending && !template.isError && (
        <Card flush>
          <SkeletonRows label="Loading the versions" rows={8} />
        </Card>
      )}
      {lineage.data && <Versions lineage={lineage.data} />}
      {template.data && <About template={template.data} />}
    </Page>
  )
}
