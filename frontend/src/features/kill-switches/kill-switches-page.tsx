import { useState } from 'react'
import { useSearchParams } from 'react-router'

import type { KillSwitch } from '@/api/types'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Input, Select } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { checkSwitch, isWhole, named, OWN_SCOPES, SCOPES } from '@/features/kill-switches/check'
import { useIsPlatform, useSwitches, useSwitching } from '@/features/kill-switches/queries'
import { useForm } from '@/lib/use-form'

function ClearButton({ one, platform }: { one: KillSwitch; platform: boolean }) {
  const { clear } = useSwitching(platform)
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button onClick={() => setAsking(true)}>
        Clear<span className="sr-only"> the switch on {one.target}</span>
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Let ${one.scope} ${one.target} go on`}
          action="Clear switch"
          run={() => clear(one.switchId)}
          onClose={() => setAsking(false)}
        >
          <p>It was stopped because: {one.reason}. Calls are let through within a second.</p>
        </ConfirmDialog>
      )}
    </>
  )
}

const columns = (platform: boolean, may: boolean): Column<KillSwitch>[] => [
  { head: 'Stops', cell: ({ target }) => <Mono>{target}</Mono> },
  { head: 'Scope', cell: ({ scope }) => <Badge tone="bad">{scope}</Badge> },
  { head: 'Why', cell: ({ reason }) => reason },
  { head: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
  ...(may
    ? [{ head: 'Clear', cell: (one: KillSwitch) => <ClearButton one={one} platform={platform} />, end: true }]
    : []),
]

/** What a scope is called: for people of a tenant, the tenant is all their agents. */
const scopeName = (scope: string, own: boolean): string =>
  own && scope === 'tenant' ? 'all agents of the tenant' : scope

const hintFor = (scope: string, own: boolean): string => {
  if (scope === 'run') return own ? 'run_…' : 'tenant/run_…'
  return scope === 'tenant' ? 'The tenant’s id' : `The ${scope}’s name`
}

/** `tenant` is the caller's own; operators have none, and stop anything. */
function NewSwitch({ tenant }: { tenant: string | undefined }) {
  const own = tenant !== undefined
  const { set } = useSwitching(!own)
  const [query] = useSearchParams()
  const [asking, setAsking] = useState(false)
  const scopes: readonly string[] = own ? OWN_SCOPES : SCOPES
  const first = scopes.find((one) => one === query.get('scope')) ?? 'run'
  const form = useForm({ scope: first, target: query.get('target') ?? '', reason: '' }, (draft) =>
    checkSwitch(draft, tenant),
  )
  const { scope, target, reason } = form.draft
  const whole = isWhole(scope, tenant)
  return (
    <Card title="Stop something at once" labelledBy="new-switch">
      <FormBox form={form} onSend={() => setAsking(true)}>
        <Field label="What">
          {(props) => (
            <Select
              {...props}
              name="scope"
              value={scope}
              onChange={(event) => form.set('scope', event.target.value)}
            >
              {scopes.map((one) => (
                <option key={one} value={one}>
                  {scopeName(one, own)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {!whole && (
          <Field label="Which" hint={hintFor(scope, own)} error={form.errors.target}>
            {(props) => (
              <Input
                {...props}
                name="target"
                autoComplete="off"
                spellCheck={false}
                value={target}
                onChange={(event) => form.set('target', event.target.value)}
              />
            )}
          </Field>
        )}
        <Field label="Reason" hint="Kept with the switch and in the audit log." error={form.errors.reason}>
          {(props) => (
            <Input
              {...props}
              name="reason"
              value={reason}
              onChange={(event) => form.set('reason', event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" look="danger">
          Stop it
        </Button>
      </FormBox>
      {asking && (
        <ConfirmDialog
          title={`Stop ${scopeName(scope, own)}${whole ? '' : ` ${target.trim()}`}`}
          action="Set kill switch"
          typed={named(form.draft, tenant)}
          run={async () => {
            const stop = { scope, reason: reason.trim(), ...(whole ? {} : { target: target.trim() }) }
            await set(stop, form.attempt)
            form.set('target', '')
          }}
          onClose={() => setAsking(false)}
        >
          <p>
            Every new call of {whole && own ? 'every agent' : `this ${scope}`} is refused within a second, for{' '}
            {own ? 'your tenant' : whole ? 'every tenant' : 'whoever it belongs to'}, until the switch is
            cleared.
          </p>
        </ConfirmDialog>
      )}
    </Card>
  )
}

/** What has been stopped, and the way to stop more or let it go on: for operators anything, for a tenant its own. */
export function KillSwitchesPage() {
  const platform = useIsPlatform()
  const profile = useProfile()
  const may = platform || isTenantAdmin(profile)
  const switches = useSwitches(platform)
  return (
    <Page
      title="Kill switches"
      lead={
        platform
          ? 'What is stopped at once, for every new call, until somebody clears it.'
          : 'What your tenant has stopped at once, for every new call, until an administrator clears it. What the platform’s operators have stopped is not listed here: they alone let it go on.'
      }
    >
      {may && <NewSwitch tenant={platform ? undefined : (profile?.tenantId ?? '')} />}
      <Listing
        name="Active kill switches, newest first"
        list={switches}
        columns={columns(platform, may)}
        keyOf={({ switchId }) => switchId}
        more="Show older switches"
        empty={<EmptyState title="Nothing is stopped">A switch appears here while it is active.</EmptyState>}
      />
    </Page>
  )
}
