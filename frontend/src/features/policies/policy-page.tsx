import { useState } from 'react'
import { useParams } from 'react-router'

import type { Tagged } from '@/api/client'
import type { Policy } from '@/api/types'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { written } from '@/features/policies/draft'
import { EditorCard } from '@/features/policies/editor-card'
import { HistoryCard } from '@/features/policies/history-card'
import { usePolicy } from '@/features/policies/queries'
import { ShadowCard } from '@/features/policies/shadow-card'
import { WhyCard } from '@/features/policies/why-card'

function InForce({ policy }: { policy: Policy }) {
  return (
    <Card title={`Version ${policy.version}, in force`} labelledBy="in-force">
      <div className="space-y-4">
        <Facts
          facts={[
            ['For', policy.agent ?? 'All agents'],
            ['Changed by', <Mono key="by">{policy.updatedBy}</Mono>],
            ['Changed', <Time key="at" at={policy.updatedAt} />],
          ]}
        />
        <pre
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
          tabIndex={0}
          role="region"
          aria-label="The override in force"
          className="max-h-96 overflow-auto rounded-md border bg-sunken/60 p-3 font-mono text-[0.8125rem]"
        >
          {written(policy.override)}
        </pre>
      </div>
    </Card>
  )
}

/** What is being written outlives a new version: it is compared with whatever is in force. */
function Cards({ policy }: { policy: Tagged<Policy> }) {
  const mayWrite = isTenantAdmin(useProfile())
  const [text, setText] = useState(() => written(policy.value.override))
  const { shadow, version } = policy.value
  return (
    <>
      <InForce policy={policy.value} />
      {shadow && <ShadowCard policy={policy} shadow={shadow} mayWrite={mayWrite} />}
      {mayWrite && <EditorCard policy={policy} text={text} onText={setText} />}
      <WhyCard policyId={policy.value.policyId} />
      {version > 1 && (
        <HistoryCard key={version} policy={policy.value} onTake={mayWrite ? setText : undefined} />
      )}
    </>
  )
}

export function PolicyPage() {
  const { id = '' } = useParams()
  const found = usePolicy(id)
  return (
    <Page title={found.data?.value.name ?? 'Policy'} lead={<Mono>{id}</Mono>}>
      {found.isPending && <SkeletonRows label="Loading the policy" />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Cards policy={found.data} />}
    </Page>
  )
}
