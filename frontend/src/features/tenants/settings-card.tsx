import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { Tagged } from '@/api/client'
import type { Tenant, TenantSettings } from '@/api/types'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { changeOwnTenant } from '@/features/tenants/queries'
import { changesOf, checkSettings, draftOf } from '@/features/tenants/settings'
import { useForm } from '@/lib/use-form'

/** What a tenant's administrator may change. Give it `key={etag}`: a new version begins a new form. */
export function SettingsCard({ tenant, saved, onSaved }: SettingsCardProps) {
  const client = useQueryClient()
  const form = useForm(draftOf(tenant.value), (draft) => checkSettings(tenant.value, draft))
  const save = useMutation({
    mutationFn: (changes: TenantSettings) => changeOwnTenant(changes, tenant.etag),
    onSuccess: () => {
      onSaved()
      return client.invalidateQueries({ queryKey: ['tenant'] })
    },
    onError: form.refused,
  })
  const changes = changesOf(tenant.value, form.draft)
  return (
    <Card title="Settings" labelledBy="settings">
      <FormBox form={form} onSend={() => changes && save.mutate(changes)} className="max-w-lg">
        <TextField form={form} name="name" label="Name" />
        <TextField form={form} name="adminEmail" label="Administrator’s e-mail" type="email" />
        {save.isError && <ProblemAlert error={save.error} />}
        <div className="flex items-center gap-3">
          <Button type="submit" look="primary" disabled={save.isPending}>
            {save.isPending ? 'Saving…' : 'Save settings'}
          </Button>
          <p role="status" className="text-ink-soft">
            {saved && !changes && 'Saved.'}
          </p>
        </div>
      </FormBox>
    </Card>
  )
}

interface SettingsCardProps {
  tenant: Tagged<Tenant>
  /** Whether this page has saved something: the form itself begins anew then. */
  saved: boolean
  onSaved: () => void
}
