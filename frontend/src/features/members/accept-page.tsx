import { useMutation } from '@tanstack/react-query'

import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { acceptInvite } from '@/features/members/queries'
import { roleNames } from '@/features/members/roles'
import { useForm } from '@/lib/use-form'

const checkToken = ({ token }: { token: string }) =>
  token.trim() ? {} : { token: 'Enter the token that you were sent.' }

/** Where a guest becomes a member. The token is pasted, never part of an address: addresses are kept and logged. */
export function AcceptPage() {
  const form = useForm({ token: '' }, checkToken)
  const accept = useMutation({
    mutationFn: (token: string) => acceptInvite(token, form.attempt),
    gcTime: 0,
    onError: form.refused,
  })
  return (
    <Page title="Accept an invite" lead="For people who were invited into a tenant by its administrator.">
      <Card>
        {accept.data ? (
          <div role="status" className="space-y-3">
            <p className="font-semibold">You are a member now.</p>
            <p>
              Your roles: {roleNames(accept.data.roles)}. They hold within a minute; if a page refuses you,
              try again then.
            </p>
            <ButtonLink to="/agents" look="primary">
              Go to the agents
            </ButtonLink>
          </div>
        ) : (
          <FormBox form={form} onSend={({ token }) => accept.mutate(token.trim())} className="max-w-lg">
            <TextField form={form} name="token" label="Token of the invite" spellCheck={false} />
            {accept.isError && <ProblemAlert error={accept.error} />}
            <Button type="submit" look="primary" disabled={accept.isPending}>
              {accept.isPending ? 'Accepting…' : 'Accept'}
            </Button>
          </FormBox>
        )}
      </Card>
    </Page>
  )
}
