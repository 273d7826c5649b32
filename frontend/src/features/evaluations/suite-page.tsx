import { useState } from 'react'
import { useParams, useSearchParams } from 'react-router'

import type { SuiteCase, SuiteContent } from '@/api/evaluations'
import { Facts, Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { percent } from '@/features/evaluations/progress'
import { useSuite } from '@/features/evaluations/queries'

const SHOWN = 50

function CaseRow({ one }: { one: SuiteCase }) {
  return (
    <li className="space-y-1.5 px-4 py-3">
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium break-all">{one.caseId}</span>
        {one.tags?.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </p>
      <p className="max-h-32 overflow-hidden text-sm break-words whitespace-pre-wrap">{one.input}</p>
      <ul aria-label="Scorers" className="space-y-1 text-xs text-ink-soft">
        {one.scorers.map(({ type, ...asked }, at) => (
          <li key={at}>
            <Badge>{type}</Badge> <Mono>{JSON.stringify(asked)}</Mono>
          </li>
        ))}
      </ul>
    </li>
  )
}

function Details({ suite }: { suite: SuiteContent }) {
  const [shown, setShown] = useState(SHOWN)
  return (
    <>
      <Card title="Suite" labelledBy="suite">
        <Facts
          facts={[
            ['Version', suite.version],
            ['Agents', suite.agents.join(', ')],
            ['For promotion', suite.required ? 'Required' : 'Not required'],
            ['Enough is', percent(suite.threshold)],
            ['Repeats of each case', suite.repeats],
            ['At a time', suite.concurrency],
            ['Digest', <Mono key="digest">{suite.digest}</Mono>],
            ['Source', suite.source],
            ['Licence', suite.licence],
            ['Pushed', <Time key="pushed" at={suite.createdAt} />],
          ]}
        />
      </Card>
      <Card title={`Cases (${suite.content.length})`} labelledBy="cases" flush>
        <ul className="divide-y divide-line">
          {suite.content.slice(0, shown).map((one) => (
            <CaseRow key={one.caseId} one={one} />
          ))}
        </ul>
      </Card>
      {suite.content.length > shown && (
        <Button onClick={() => setShown(shown + SHOWN)}>Show more cases</Button>
      )}
    </>
  )
}

/** A version of a suite with its cases and what they expect; the latest unless the address names one. */
export function SuitePage() {
  const { name = '' } = useParams()
  const [query] = useSearchParams()
  const version = Number(query.get('version') ?? '')
  const found = useSuite(name, version > 0 ? version : undefined)
  return (
    <Page
      title={name}
      lead={found.data?.description}
      actions={
        <ButtonLink to={`/evaluations?suite=${encodeURIComponent(name)}`}>Evaluations by it</ButtonLink>
      }
    >
      {found.isPending && <SkeletonRows label="Loading the suite" rows={6} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Details suite={found.data} />}
    </Page>
  )
}
