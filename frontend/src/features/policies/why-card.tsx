import { useMutation } from '@tanstack/react-query'

import type { Decision } from '@/api/types'
import { Facts, Mono } from '@/components/facts'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Textarea } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { DecisionBadge } from '@/features/policies/decision-badge'
import { read } from '@/features/policies/draft'
import { evaluate, type Question } from '@/features/policies/queries'
import { type Errors, useForm } from '@/lib/use-form'

const BLANK = { tool: '', params: '{}', cost: '0', calls: '0', tainted: false }
type Draft = typeof BLANK

const checkQuestion = ({ tool, params, cost, calls }: Draft): Errors<Draft> => ({
  ...(!tool.trim() && { tool: 'Name a tool, for example files.write.' }),
  ...(!read(params).override && { params: 'This is no JSON object.' }),
  ...(!/^\d{1,6}(\.\d{1,12})?$/.test(cost.trim()) && { cost: 'An amount such as 0.25.' }),
  ...(!/^\d{1,6}$/.test(calls.trim()) && { calls: 'A whole number.' }),
})

const questionOf = ({ tool, params, cost, calls, tainted }: Draft): Question => ({
  tool: tool.trim(),
  params: read(params).override ?? {},
  costUsage: cost.trim(),
  callsSoFar: Number(calls),
  tainted,
})

function Answer({ found }: { found: Decision }) {
  return (
    <div role="status" className="space-y-3 border-t pt-4">
      <p className="flex flex-wrap items-center gap-2">
        <DecisionBadge decision={found.decision} /> {found.explanation}
      </p>
      <Facts
        facts={[
          ['Rule', <Mono key="rule">{found.ruleId}</Mono>],
          ['Risk', found.riskLevel],
          ['Approval by', found.requiredApprovals.join(' and ')],
          [
            'Policies asked',
            found.policies.map(({ policyId, version }) => `${policyId} version ${version}`).join(', '),
          ],
        ]}
      />
    </div>
  )
}

/** Asks what would become of a call under what is in force, and why; nothing is called. */
export function WhyCard({ policyId }: { policyId: string }) {
  const form = useForm(BLANK, checkQuestion)
  const ask = useMutation({
    mutationFn: (draft: Draft) => evaluate(policyId, questionOf(draft)),
    onError: form.refused,
  })
  return (
    <Card title="Why?" labelledBy="why">
      <FormBox form={form} onSend={(draft) => ask.mutate(draft)}>
        <p className="text-sm text-ink-soft">
          What would become of a call under the version in force. Nothing is called.
        </p>
        <div className="grid gap-4 sm:grid-cols-3">
          <TextField form={form} name="tool" label="Tool" placeholder="files.write" />
          <TextField form={form} name="cost" label="The run has cost (USD)" inputMode="decimal" />
          <TextField form={form} name="calls" label="Calls of it before" inputMode="numeric" />
        </div>
        <Field label="Arguments" error={form.errors.params}>
          {(props) => (
            <Textarea
              {...props}
              name="params"
              rows={3}
              spellCheck={false}
              className="font-mono text-[0.8125rem]"
              value={form.draft.params}
              onChange={(event) => form.set('params', event.target.value)}
            />
          )}
        </Field>
        <label className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            name="tainted"
            checked={form.draft.tainted}
            onChange={(event) => form.set('tainted', event.target.checked)}
            className="size-4 accent-accent"
          />
          Untrusted text is in the run
        </label>
        {ask.isError && <ProblemAlert error={ask.error} />}
        <Button type="submit" disabled={ask.isPending}>
          Ask why
        </Button>
        {ask.data && <Answer found={ask.data} />}
      </FormBox>
    </Card>
  )
}
