import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'

import type { IssuedInvite, NewInvite } from '@/api/types'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { SecretOnce } from '@/components/secret-once'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Choices } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { invite, invitesChanged } from '@/features/members/queries'
import { checkInvite, EMPTY_INVITE, inviteOf, ROLES } from '@/features/members/roles'
import { useForm } from '@/lib/use-form'

function Issued({ issued, onDone }: { issued: IssuedInvite; onDone: () => void }) {
  if (!issued.token) {
    return (
      <Card title={issued.email} labelledBy="issued">
        <div role="alert" className="space-y-3">
          <p>The invite was made, but its token did not reach this page. Withdraw it and make another one.</p>
          <Button onClick={onDone}>Go on</Button>
        </div>
      </Card>
    )
  }
  return (
    <SecretOnce title={`Invite of ${issued.email}`} label="Token" secret={issued.token} onDone={onDone}>
      Send it to {issued.email} on a way you trust: they sign in and enter it, once, at{' '}
      {`${window.location.origin}/accept`}.
    </SecretOnce>
  )
}

export function InvitePage() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm(EMPTY_INVITE, checkInvite)
  const send = useMutation({
    mutationFn: (wanted: NewInvite) => invite(wanted, form.attempt),
    gcTime: 0, // the answer holds the token
    onSuccess: () => invitesChanged(client),
    onError: form.refused,
  })
  return (
    <Page
      title="Invite somebody"
      lead="The address must be the one that their identity provider has verified."
    >
      {send.data ? (
        <Issued issued={send.data} onDone={() => void navigate('/members')} />
      ) : (
        <Card>
          <FormBox form={form} onSend={(draft) => send.mutate(inviteOf(draft))} className="max-w-lg">
            <TextField form={form} name="email" label="E-mail" type="email" />
            <Choices
              legend="Roles"
              name="roles"
              options={ROLES}
              chosen={form.draft.roles}
              onChange={(roles) => form.set('roles', roles)}
              error={form.errors.roles}
            />
            <TextField form={form} name="expiresInDays" label="Days to accept it" inputMode="numeric" />
            {send.isError && <ProblemAlert error={send.error} />}
            <div className="flex gap-2">
              <Button type="submit" look="primary" disabled={send.isPending}>
                {send.isPending ? 'Inviting…' : 'Make the invite'}
              </Button>
              <ButtonLink to="/members">Back to the members</ButtonLink>
            </div>
          </FormBox>
        </Card>
      )}
    </Page>
  )
}
