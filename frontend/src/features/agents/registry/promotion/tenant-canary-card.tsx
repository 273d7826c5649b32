import { useMutation } from '@tanstack/react-query'

import { itemsOf, useWhole } from '@/api/pages'
import type { Canary } from '@/api/registry'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Select } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { setTenantsShare } from '@/features/incidents/instances/canary/queries'
import { TallyTable } from '@/features/incidents/instances/canary/tally'
import { isShare, judgement } from '@/features/incidents/instances/canary/words'
import { useTenants } from '@/features/tenants/queries'
import { type Errors, useForm } from '@/lib/use-form'

interface Draft {
  tenant: string
  percent: string
  reason: string
}

const check = ({ tenant, percent, reason }: Draft): Errors<Draft> => ({
  ...(!tenant && { tenant: 'Choose a tenant.' }),
  ...(!isShare(percent, 0) && { percent: 'From 0 to 100, with two decimals at most.' }),
  ...(!reason.trim() && { reason: 'Say why: it stands in the tenant’s own audit log, with your name.' }),
})

/** What became of it, and what was seen of both versions until then. */
function Outcome({ tenant, canary }: { tenant: string; canary: Canary }) {
  return (
    <div className="space-y-3 border-t pt-4">
      <p role="status" className="flex flex-wrap items-center gap-2">
        <span className="font-semibold">{tenant}</span> <StatusBadge status={canary.status} />
        <span className="tabular-nums">{canary.percent} % of sessions</span>
      </p>
      {canary.status === 'on' && <p>{judgement(canary)}</p>}
      <TallyTable canary={canary} />
    </div>
  )
}

/** A tenant's canary of the second version, set by an operator: any tenant's, one after the other. */
export function TenantCanaryCard({ agent, versionId }: { agent: string; versionId: string }) {
  const tenants = useWhole(useTenants({ status: 'active' }))
  const form = useForm<Draft>({ tenant: '', percent: '5', reason: '' }, check)
  const act = useMutation({
    mutationFn: ({ tenant, percent, reason }: Draft) => {
      const share = Number(percent)
      const of = share > 0 ? { versionId } : {} // what ends needs no candidate
      return setTenantsShare(tenant, agent, { percent: share, reason: reason.trim(), ...of })
    },
    onError: form.refused,
  })
  return (
    <Card title="Canary at a tenant" labelledBy="tenant-canary">
      <div className="space-y-4">
        <FormBox form={form} onSend={(draft) => act.mutate(draft)} className="max-w-xl">
          <p>
            A share of a tenant’s sessions goes to this version; one that does worse is taken back by itself.
          </p>
          {tenants.isError && <ProblemAlert error={tenants.error} onRetry={() => void tenants.refetch()} />}
          <Field label="Tenant" error={form.errors.tenant}>
            {(props) => (
              <Select
                {...props}
                name="tenant"
                value={form.draft.tenant}
                onChange={({ target }) => form.set('tenant', target.value)}
              >
                <option value="">{tenants.isPending ? 'Loading the tenants…' : 'Choose…'}</option>
                {itemsOf(tenants).map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name} ({id})
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <TextField
            form={form}
            name="percent"
            inputMode="decimal"
            label="Share of sessions, in percent"
            hint="0 ends the tenant’s canary."
          />
          <TextField
            form={form}
            name="reason"
            maxLength={500}
            label="Reason"
            hint="Stands in the tenant’s own audit log, with your name."
          />
          {act.isError && <ProblemAlert error={act.error} />}
          <Button type="submit" disabled={act.isPending}>
            {act.isPending ? 'Working…' : 'Set the share'}
          </Button>
        </FormBox>
        {act.data && <Outcome tenant={act.variables.tenant} canary={act.data} />}
      </div>
    </Card>
  )
}
