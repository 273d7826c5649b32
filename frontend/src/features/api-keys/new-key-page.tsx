import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'

import type { NewApiKey } from '@/api/types'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { checkKey, EMPTY_GRANT, endDays, type KeyDraft, keyOf } from '@/features/api-keys/grant'
import { GrantFields } from '@/features/api-keys/grant-fields'
import { IssuedKey } from '@/features/api-keys/issued-key'
import { createKey, keysChanged } from '@/features/api-keys/queries'
import { type Form, useForm } from '@/lib/use-form'

const EMPTY: KeyDraft = { ...EMPTY_GRANT, expiresOn: '' }

function Fields({ form }: { form: Form<KeyDraft> }) {
  const [days] = useState(() => endDays(Date.now()))
  return (
    <>
      <TextField form={form} name="name" label="Name" hint="Such as the service that will use it." />
      <GrantFields form={form} />
      <TextField
        form={form}
        name="expiresOn"
        label="Last day"
        type="date"
        min={days.first}
        max={days.last}
        hint="It ends with that day, UTC. Leave empty for 90 days from now."
      />
    </>
  )
}

export function NewKeyPage() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm(EMPTY, checkKey)
  const create = useMutation({
    mutationFn: (key: NewApiKey) => createKey(key, form.attempt),
    gcTime: 0, // the answer holds the secret
    onSuccess: () => keysChanged(client),
    onError: form.refused,
  })
  return (
    <Page
      title="Create an API key"
      lead="For a service that calls Ambit. It can do what you choose here and no more."
    >
      {create.data ? (
        <IssuedKey issued={create.data} onDone={() => void navigate('/api-keys')} />
      ) : (
        <Card>
          <FormBox form={form} onSend={(draft) => create.mutate(keyOf(draft))} className="max-w-2xl">
            <Fields form={form} />
            {create.isError && <ProblemAlert error={create.error} />}
            <div className="flex gap-2">
              <Button type="submit" look="primary" disabled={create.isPending}>
                {create.isPending ? 'Creating…' : 'Create key'}
              </Button>
              <ButtonLink to="/api-keys">Back to the keys</ButtonLink>
            </div>
          </FormBox>
        </Card>
      )}
    </Page>
  )
}
