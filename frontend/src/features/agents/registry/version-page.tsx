import { Link, Navigate, useParams } from 'react-router'

import { itemsOf } from '@/api/pages'
import type { Lineage, Version } from '@/api/registry'
import { CopyButton } from '@/components/copy-button'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { DataTable } from '@/components/listing'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { shortOf } from '@/components/short-id'
import { StatusBadge } from '@/components/status-badge'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { Hashes, ManifestCard, Prompts } from '@/features/agents/registry/contents'
import { DiffCard } from '@/features/agents/registry/diff-card'
import { GatesCard } from '@/features/agents/registry/gates-card'
import { LineageTable, PlaceBadge, versionPath } from '@/features/agents/registry/lineage-table'
import { MoveButtons } from '@/features/agents/registry/move-buttons'
import { placeOf } from '@/features/agents/registry/moves'
import { ApprovalsCard } from '@/features/agents/registry/promotion/approvals-card'
import { BreakGlassCard } from '@/features/agents/registry/promotion/break-glass-card'
import { CertificationsCard } from '@/features/agents/registry/promotion/certifications-card'
import { TenantCanaryCard } from '@/features/agents/registry/promotion/tenant-canary-card'
import { useLineage, useVersion } from '@/features/agents/registry/queries'
import { StateCard } from '@/features/agents/registry/state-card'
import { isTampered, Tampered } from '@/features/agents/registry/tampered'
import { OF_A_VERSION } from '@/features/evaluations/columns'
import { EvidenceCard } from '@/features/evaluations/evidence-card'
import { useEvaluations } from '@/features/evaluations/queries'

const SHOWN = 5

function Evaluations({ version }: { version: Version }) {
  const evaluations = useEvaluations({ versionId: version.versionId })
  const newest = itemsOf(evaluations).slice(0, SHOWN)
  const { versionId } = version
  return (
    <>
      <Card
        title="Evaluations"
        labelledBy="evaluations"
        flush
        actions={
          <div className="flex flex-wrap gap-2">
            <ButtonLink to={`/evaluations?version=${versionId}`}>All of this version</ButtonLink>
            <ButtonLink to={`/evaluations/new?version=${versionId}`}>Evaluate</ButtonLink>
          </div>
        }
      >
        {evaluations.isPending && <SkeletonRows label="Loading the evaluations" rows={2} />}
        {evaluations.isError && (
          <div className="p-4">
            <ProblemAlert error={evaluations.error} onRetry={() => void evaluations.refetch()} />
          </div>
        )}
        {evaluations.isSuccess && newest.length === 0 && (
          <EmptyState title="Not evaluated yet">
            A candidate is evaluated by itself, by every suite that names its agent.
          </EmptyState>
        )}
        {newest.length > 0 && (
          <DataTable
            name="Evaluations of this version, newest first"
            rows={newest}
            columns={OF_A_VERSION}
            keyOf={({ evaluationId }) => evaluationId}
          />
        )}
      </Card>
      {newest.length > 0 && <EvidenceCard named of={newest} />}
    </>
  )
}

function Details({ version, lineage }: { version: Version; lineage: Lineage }) {
  const node = lineage.items.find(({ versionId }) => versionId === version.versionId)
  return (
    <>
      {node && (
        <GatesCard versionId={version.versionId}>
          <MoveButtons node={node} lineage={lineage} />
        </GatesCard>
      )}
      {node && <ApprovalsCard version={version} node={node} lineage={lineage} />}
      {placeOf(lineage, version.versionId) === 'second' && (
        <TenantCanaryCard agent={lineage.agent} versionId={version.versionId} />
      )}
      <CertificationsCard version={version} />
      {node && <BreakGlassCard node={node} lineage={lineage} />}
      {node && <StateCard node={node} lineage={lineage} />}
      <DiffCard version={version} lineage={lineage} />
      <Evaluations version={version} />
      <Hashes version={version} />
      <Prompts prompts={version.prompts} />
      <ManifestCard manifest={version.manifest} />
    </>
  )
}

/** One version: what it is, what it changes, what stands before its approval, and what may be made of it. */
export function VersionPage() {
  const { agent = '', id = '' } = useParams()
  const version = useVersion(id)
  const lineage = useLineage(agent)
  const node = lineage.data?.items.find(({ versionId }) => versionId === id)
  const tampered = version.isError && isTampered(version.error)
  const failed = [version, lineage].find(({ isError }) => isError)
  if (version.data && version.data.agent !== agent) {
    return <Navigate to={versionPath(version.data.agent, id)} replace />
  }
  return (
    <Page
      title={`${agent} ${shortOf(id)}`}
      lead={
        <div className="space-y-1.5">
          <p className="flex flex-wrap items-center gap-2">
            {node && <StatusBadge status={node.status} />}
            {lineage.data && <PlaceBadge place={placeOf(lineage.data, id)} />}
            <Mono>{id}</Mono>
            <CopyButton text={id} name="the version’s id" />
          </p>
          {agent && (
            <p>
              A version of{' '}
              <Link to={`/directory/${agent}`} className="text-accent underline underline-offset-2">
                {agent}
              </Link>
            </p>
          )}
        </div>
      }
    >
      <p role="status" className="sr-only">
        {node && `The version is ${node.status.replace('_', ' ')}.`}
      </p>
      {tampered && <Tampered versionId={id} lineage={lineage.data} error={version.error} />}
      {failed && !tampered && <ProblemAlert error={failed.error} onRetry={() => void failed.refetch()} />}
      {(version.isPending || lineage.isPending) && !failed && (
        <Card flush>
          <SkeletonRows label="Loading the version" rows={10} />
        </Card>
      )}
      {version.data && lineage.data && <Details version={version.data} lineage={lineage.data} />}
      {lineage.data && (
        <Card title="Lineage" labelledBy="lineage" flush>
          <LineageTable lineage={lineage.data} current={id} />
        </Card>
      )}
    </Page>
  )
}
