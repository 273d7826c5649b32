import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'

import type { NewAwsCaller } from '@/api/types'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { type CallerDraft, callerOf, checkCaller, EMPTY_GRANT } from '@/features/api-keys/grant'
import { GrantFields } from '@/features/api-keys/grant-fields'
import { callersChanged, createCaller } from '@/features/api-keys/queries'
import { useForm } from '@/lib/use-form'

const EMPTY: CallerDraft = { ...EMPTY_GRANT, roleArn: '' }

export function NewCallerPage() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm(EMPTY, checkCaller)
  const create = useMutation({
    mutationFn: (caller: NewAwsCaller) => createCaller(caller, form.attempt),
    onSuccess: async () => {
      await callersChanged(client)
      await navigate('/api-keys')
    },
    onError: form.refused,
  })
  return (
    <Page
      title="Let an AWS role in"
      lead="A workload on AWS proves by its role who it is. A role belongs to one tenant only."
    >
      <Card>
        <FormBox form={form} onSend={(draft) => create.mutate(callerOf(draft))} className="max-w-2xl">
          <TextField form={form} name="name" label="Name" />
          <TextField form={form} name="roleArn" label="ARN of the role" spellCheck={false} />
          <GrantFields form={form} />
          {create.isError && <ProblemAlert error={create.error} />}
          <div className="flex gap-2">
            <Button type="submit" look="primary" disabled={create.isPending}>
              {create.isPending ? 'Letting it in…' : 'Let it in'}
            </Button>
            <ButtonLink to="/api-keys">Back to the keys</ButtonLink>
          </div>
        </FormBox>
      </Card>
    </Page>
  )
}
