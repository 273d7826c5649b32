import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'

import type { NewTenant, Tier } from '@/api/types'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Select } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { checkTenant, EMPTY, tenantOf } from '@/features/tenants/new-tenant'
import { createTenant, tenantChanged, TIERS } from '@/features/tenants/queries'
import { sentenceCase } from '@/lib/format'
import { useForm } from '@/lib/use-form'

export function NewTenantPage() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm(EMPTY, checkTenant)
  const create = useMutation({
    mutationFn: (tenant: NewTenant) => createTenant(tenant, form.attempt),
    onSuccess: async (_, { id }) => {
      await tenantChanged(client)
      await navigate(`/tenants/${id}`)
    },
    onError: form.refused,
  })
  return (
    <Page title="Create a tenant" lead="The id is for good: it is part of every record the tenant will have.">
      <Card>
        <FormBox form={form} onSend={(draft) => create.mutate(tenantOf(draft))} className="max-w-lg">
          <TextField
            form={form}
            name="id"
            label="Tenant id"
            hint="Such as acme or acme-europe."
            spellCheck={false}
          />
          <TextField form={form} name="name" label="Name" />
          <Field label="Tier">
            {(props) => (
              <Select
                {...props}
                name="tier"
                value={form.draft.tier}
                onChange={(event) => form.set('tier', event.target.value as Tier)}
              >
                {TIERS.map((tier) => (
                  <option key={tier} value={tier}>
                    {sentenceCase(tier)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <TextField
            form={form}
            name="monthlyBudget"
            label="Monthly budget"
            hint="US dollars. Leave empty for the tier’s."
            inputMode="decimal"
          />
          <TextField form={form} name="adminEmail" label="Administrator’s e-mail" type="email" />
          {create.isError && <ProblemAlert error={create.error} />}
          <div className="flex gap-2">
            <Button type="submit" look="primary" disabled={create.isPending}>
              {create.isPending ? 'Creating…' : 'Create tenant'}
            </Button>
            <ButtonLink to="/tenants">Back to the list</ButtonLink>
          </div>
        </FormBox>
      </Card>
    </Page>
  )
}
