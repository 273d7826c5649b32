import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearchParams } from 'react-router'

import type { Suite } from '@/api/evaluations'
import { itemsOf } from '@/api/pages'
import { Facts } from '@/components/facts'
import { Page } from '@/components/page'
import { Pick } from '@/components/pick'
import { ProblemAlert } from '@/components/problem-alert'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { FormBox } from '@/components/ui/form-box'
import { SkeletonRows } from '@/components/ui/skeleton'
import { versionName } from '@/features/agents/registry/lineage-table'
import { useLineage, useTemplates, useVersion } from '@/features/agents/registry/queries'
import { percent } from '@/features/evaluations/progress'
import { evaluationsChanged, startEvaluation, useSuites } from '@/features/evaluations/queries'
import { type Errors, useForm } from '@/lib/use-form'

interface Draft {
  agent: string
  versionId: string
  suite: string
}

function check({ agent, versionId, suite }: Draft): Errors<Draft> {
  return {
    ...(agent ? {} : { agent: 'Choose an agent.' }),
    ...(versionId ? {} : { versionId: 'Choose a version.' }),
    ...(suite ? {} : { suite: 'Choose a suite.' }),
  }
}

function SuiteFacts({ suite }: { suite: Suite }) {
  return (
    <div className="space-y-3 rounded-md border p-3">
      <p>{suite.description}</p>
      <Facts
        facts={[
          ['Cases', suite.cases],
          ['Askings in all', suite.cases * suite.repeats],
          ['Enough is', percent(suite.threshold)],
          ['At a time', suite.concurrency],
          ['Version', suite.version],
          ['For promotion', suite.required ? 'Required' : 'Not required'],
        ]}
      />
    </div>
  )
}

interface FormProps {
  initial: Draft
  agents: readonly string[]
  suites: readonly Suite[]
}

function NewEvaluationForm({ initial, agents, suites }: FormProps) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm<Draft>(initial, check)
  const { agent, versionId, suite } = form.draft
  const lineage = useLineage(agent).data
  const fitting = suites.filter(({ agents: named }) => named.includes(agent))
  const chosen = fitting.find(({ name }) => name === suite)
  const start = useMutation({
    mutationFn: (draft: Draft) =>
      startEvaluation({ versionId: draft.versionId, suite: draft.suite }, form.attempt),
    onSuccess: async ({ evaluationId }) => {
      await evaluationsChanged(client)
      await navigate(`/evaluations/${evaluationId}`)
    },
    onError: form.refused,
  })
  const setAgent = (name: string) => {
    form.set('agent', name)
    form.set('versionId', '')
    form.set('suite', '')
  }
  return (
    <FormBox form={form} onSend={(draft) => start.mutate(draft)} className="max-w-2xl">
      <Pick
        none="Choose…"
        label="Agent"
        name="agent"
        value={agent}
        options={agents.map((name) => [name, name] as const)}
        onChange={setAgent}
        error={form.errors.agent}
      />
      <Pick
        none="Choose…"
        label="Version"
        name="versionId"
        value={versionId}
        options={(lineage?.items.toReversed() ?? []).map(
          (node) => [node.versionId, lineage ? versionName(node, lineage) : ''] as const,
        )}
        onChange={(value) => form.set('versionId', value)}
        error={form.errors.versionId}
        hint="A draft cannot be asked yet: make it a candidate first."
      />
      <Pick
        none="Choose…"
        label="Suite"
        name="suite"
        value={suite}
        options={fitting.map(({ name, cases }) => [name, `${name} (${cases} cases)`] as const)}
        onChange={(value) => form.set('suite', value)}
        error={form.errors.suite}
        hint={
          agent && fitting.length === 0
            ? `No suite names ${agent}. Push one with ambit suites push FILE.`
            : 'Its latest version. The suites that name the agent.'
        }
      />
      {chosen && <SuiteFacts suite={chosen} />}
      {start.isError && <ProblemAlert error={start.error} />}
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={start.isPending}>
          {start.isPending ? 'Starting…' : 'Start evaluation'}
        </Button>
        <ButtonLink to="/evaluations">Not now</ButtonLink>
      </div>
    </FormBox>
  )
}

/** Asks for an evaluation; the version and the suite may be named in the address. */
export function NewEvaluationPage() {
  const [query] = useSearchParams()
  const versionId = query.get('version') ?? ''
  const [templates, suites] = [useTemplates(), useSuites()]
  const version = useVersion(versionId)
  const failed = [templates, suites, ...(versionId ? [version] : [])].find(({ isError }) => isError)
  const waits = templates.isPending || suites.isPending || (versionId !== '' && version.isPending)
  return (
    <Page
      title="Evaluate a version"
      lead="The cases of a suite are put to it as a customer would, in a tenant of its own."
    >
      {failed && <ProblemAlert error={failed.error} onRetry={() => void failed.refetch()} />}
      <Card>
        {waits && !failed ? (
          <SkeletonRows label="Loading agents and suites" rows={6} />
        ) : (
          <NewEvaluationForm
            initial={{ agent: version.data?.agent ?? '', versionId, suite: query.get('suite') ?? '' }}
            agents={itemsOf(templates).map(({ name }) => name)}
            suites={itemsOf(suites)}
          />
        )}
      </Card>
    </Page>
  )
}
