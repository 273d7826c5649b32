import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'

import { itemsOf } from '@/api/pages'
import type { JsonObject } from '@/api/types'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Select } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { useAgents } from '@/features/agents/queries'
import { faultsOf, read } from '@/features/policies/draft'
import { OverrideField } from '@/features/policies/override-field'
import { createPolicy, policiesChanged } from '@/features/policies/queries'
import { useForm } from '@/lib/use-form'

const BLANK = { name: '', agent: '', override: '{\n  "autonomyTier": 1\n}' }

/** A first version. */
export function NewPolicyPage() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const agents = itemsOf(useAgents())
  const [tried, setTried] = useState(false)
  const form = useForm(BLANK, ({ name }) => (name.trim() ? {} : { name: 'Give it a name.' }))
  const { name, agent, override: text } = form.draft
  const { override, faults } = read(text)
  const make = useMutation({
    mutationFn: (document: JsonObject) =>
      createPolicy({ name: name.trim(), override: document, ...(agent && { agent }) }, form.attempt),
    onSuccess: async ({ policyId }) => {
      await policiesChanged(client)
      await navigate(`/policies/${policyId}`)
    },
  })
  const found = tried && faults.length > 0 ? faults : faultsOf(make.error, text)
  const send = () => {
    setTried(true)
    if (override) make.mutate(override)
  }
  return (
    <Page title="New policy" lead="It takes hold within 15 seconds, for runs that are going too.">
      <Card>
        <FormBox form={form} onSend={send}>
          <TextField form={form} name="name" label="Name" maxLength={100} />
          <Field label="For" hint="A policy stays with its agent. Of each there is one at most.">
            {(props) => (
              <Select
                {...props}
                name="agent"
                value={agent}
                onChange={(event) => form.set('agent', event.target.value)}
              >
                <option value="">All agents</option>
                {agents.map((one) => (
                  <option key={one.name}>{one.name}</option>
                ))}
              </Select>
            )}
          </Field>
          <OverrideField text={text} faults={found} onChange={(changed) => form.set('override', changed)} />
          {make.isError && found.length === 0 && <ProblemAlert error={make.error} />}
          <Button type="submit" look="primary" disabled={make.isPending}>
            Put in force
          </Button>
        </FormBox>
      </Card>
    </Page>
  )
}
