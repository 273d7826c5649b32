import type { Lineage, Version } from '@/api/registry'
import { DifferenceView } from '@/components/difference-view'
import { useFilters } from '@/components/filter'
import { ProblemAlert } from '@/components/problem-alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { Select } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { type Change, partsOf } from '@/features/agents/registry/changes'
import { versionName } from '@/features/agents/registry/lineage-table'
import { useDiff } from '@/features/agents/registry/queries'

const KINDS = { added: 'good', removed: 'bad', changed: 'neutral' } as const

function ChangeView({ part, change }: { part: string; change: Change }) {
  const name = change.place ? `${part}: ${change.place}` : part
  return (
    <div className="space-y-1.5">
      {change.place && (
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <code className="font-mono text-[0.8125rem] break-all">{change.place}</code>
          <Badge tone={KINDS[change.kind]}>{change.kind}</Badge>
        </p>
      )}
      <DifferenceView wrap name={name} before={change.before} after={change.after} same="Alike." />
    </div>
  )
}

function Parts({ id, against }: { id: string; against: string }) {
  const found = useDiff(id, against)
  if (found.isPending) return <SkeletonRows label="Comparing the versions" rows={3} />
  if (found.isError) return <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />
  const parts = partsOf(found.data)
  if (parts.length === 0) return <p className="text-ink-soft">Nothing: both consist of the same.</p>
  return (
    <div className="space-y-5">
      {!found.data.against && (
        <p className="text-ink-soft">It follows from no other version: everything in it is new.</p>
      )}
      {parts.map(({ part, title, changes }) => (
        <div key={part} className="space-y-3">
          <h3 className="text-sm font-semibold">{title}</h3>
          {changes.map((change) => (
            <ChangeView key={change.place} part={title} change={change} />
          ))}
        </div>
      ))}
    </div>
  )
}

/** What the version changes of its parent, or of any other; which one is part of the address. */
export function DiffCard({ version, lineage }: { version: Version; lineage: Lineage }) {
  const [value, set] = useFilters()
  const others = lineage.items.filter(({ versionId }) => versionId !== version.versionId).toReversed()
  const against = others.some(({ versionId }) => versionId === value('against')) ? value('against') : ''
  return (
    <Card
      title="What it changes"
      labelledBy="difference"
      actions={
        others.length > 0 && (
          <div className="w-96 max-w-full">
            <Select
              aria-label="Compared with"
              value={against}
              onChange={(event) => set('against')(event.target.value)}
            >
              <option value="">{version.parent ? 'of its parent' : 'of nothing: it has no parent'}</option>
              {others.map((node) => (
                <option key={node.versionId} value={node.versionId}>
                  of {versionName(node, lineage)}
                  {node.versionId === version.parent ? ', its parent' : ''}
                </option>
              ))}
            </Select>
          </div>
        )
      }
    >
      <Parts id={version.versionId} against={against} />
    </Card>
  )
}
