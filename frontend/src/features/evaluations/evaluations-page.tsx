import { itemsOf, useWhole } from '@/api/pages'
import { EmptyState } from '@/components/empty-state'
import { Filter, oneOf, useFilters } from '@/components/filter'
import { DataTable } from '@/components/listing'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { ShortId } from '@/components/short-id'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useTemplates } from '@/features/agents/registry/queries'
import { EVALUATION_COLUMNS } from '@/features/evaluations/columns'
import { HistoryCard } from '@/features/evaluations/history-card'
import { ofStanding, type Standing, STANDINGS, statusFor } from '@/features/evaluations/progress'
import { useEvaluations, useSuites } from '@/features/evaluations/queries'

/** The names there are, and the one that the address has. */
const namesOf = (all: readonly { name: string }[], chosen: string): string[] =>
  [...new Set([...all.map(({ name }) => name), ...(chosen ? [chosen] : [])])].sort()

const asIs = (name: string): string => name

/** How many are shown of those that were read. */
function counted(shown: number, all: number, more: boolean): string {
  const read = more ? `the newest ${all}` : String(all)
  return shown === all ? `${more ? 'The newest ' : ''}${all} evaluations` : `${shown} of ${read} evaluations`
}

/** Evaluations of all agents, and how an agent's versions did by a suite. */
export function EvaluationsPage() {
  const [value, filter, clear] = useFilters()
  const version = value('version')
  const standing = oneOf(STANDINGS, value('outcome')) as Standing | ''
  const of = { agent: value('agent'), suite: value('suite') }
  const evaluations = useEvaluations({ versionId: version, ...of, status: statusFor(standing) })
  const [agents, suites] = [itemsOf(useTemplates()), itemsOf(useSuites())]
  const all = itemsOf(evaluations)
  const shown = ofStanding(all, standing)
  useWhole(evaluations, shown.length > 0)
  const filteredAtAll = [version, of.agent, of.suite, standing].some(Boolean)
  return (
    <Page
      title="Evaluations"
      lead="What versions answered to the cases of their suites, and whether that is enough."
      actions={
        <>
          <ButtonLink to="/evaluation-suites">Suites</ButtonLink>
          <ButtonLink to="/evaluations/new" look="primary">
            Evaluate a version
          </ButtonLink>
        </>
      }
    >
      <div role="search" aria-label="Filters" className="flex flex-wrap items-end gap-x-4 gap-y-3">
        <Filter
          label="Agent"
          options={namesOf(agents, of.agent)}
          value={of.agent}
          onChange={filter('agent')}
          nameOf={asIs}
        />
        <Filter
          label="Suite"
          options={namesOf(suites, of.suite)}
          value={of.suite}
          onChange={filter('suite')}
          nameOf={asIs}
        />
        <Filter label="Outcome" options={STANDINGS} value={standing} onChange={filter('outcome')} />
        {version && (
          <Button onClick={() => filter('version')('')}>
            Only <ShortId id={version} /> <span aria-hidden>✕</span>
            <span className="sr-only">: show those of all versions</span>
          </Button>
        )}
      </div>
      {of.agent && of.suite && <HistoryCard of={of} />}
      {evaluations.isError && (
        <ProblemAlert error={evaluations.error} onRetry={() => void evaluations.refetch()} />
      )}
      <p role="status" className="text-sm text-ink-soft">
        {evaluations.isSuccess ? counted(shown.length, all.length, evaluations.hasNextPage) : '\u00a0'}
      </p>
      <Card flush>
        {evaluations.isPending && <SkeletonRows label="Loading the evaluations" rows={8} />}
        {evaluations.isSuccess && shown.length === 0 && !evaluations.hasNextPage && (
          <EmptyState
            title={filteredAtAll ? 'No evaluation is like that' : 'No evaluations yet'}
            action={filteredAtAll && <Button onClick={clear}>Clear the filters</Button>}
          >
            {filteredAtAll
              ? 'Other filters find more.'
              : 'A candidate is evaluated by itself, by every suite that names its agent.'}
          </EmptyState>
        )}
        {shown.length > 0 && (
          <DataTable
            name="Evaluations, newest first"
            rows={shown}
            columns={EVALUATION_COLUMNS}
            keyOf={({ evaluationId }) => evaluationId}
          />
        )}
      </Card>
      {evaluations.hasNextPage && (
        <Button onClick={() => void evaluations.fetchNextPage()} disabled={evaluations.isFetchingNextPage}>
          Show older evaluations
        </Button>
      )}
    </Page>
  )
}
