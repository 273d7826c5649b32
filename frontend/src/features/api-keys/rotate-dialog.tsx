import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { ApiKey, IssuedApiKey } from '@/api/types'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Select } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { keysChanged, rotateKey } from '@/features/api-keys/queries'
import { useForm } from '@/lib/use-form'

const OVERLAPS = [
  ['86400', 'For another day'],
  ['3600', 'For another hour'],
  ['604800', 'For another week'],
  ['0', 'No longer: it ends at once'],
] as const

interface RotateDialogProps {
  apiKey: ApiKey
  onIssued: (issued: IssuedApiKey) => void
  onClose: () => void
}

export function RotateDialog({ apiKey, onIssued, onClose }: RotateDialogProps) {
  const client = useQueryClient()
  const form = useForm<{ overlapSeconds: string }>({ overlapSeconds: OVERLAPS[0][0] }, () => ({}))
  const rotate = useMutation({
    mutationFn: (overlap: string) => rotateKey(apiKey.keyId, Number(overlap), form.attempt),
    gcTime: 0, // the answer holds the secret
    onSuccess: async (issued) => {
      await keysChanged(client)
      onClose()
      onIssued(issued)
    },
  })
  return (
    <Dialog title={`Rotate ${apiKey.name}`} onClose={onClose}>
      <FormBox form={form} onSend={({ overlapSeconds }) => rotate.mutate(overlapSeconds)}>
        <p>The key gets a new secret. Both work until the service has been moved to the new one.</p>
        <Field label="The present secret works">
          {(props) => (
            <Select
              {...props}
              name="overlapSeconds"
              value={form.draft.overlapSeconds}
              onChange={(event) => form.set('overlapSeconds', event.target.value)}
            >
              {OVERLAPS.map(([seconds, words]) => (
                <option key={seconds} value={seconds}>
                  {words}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {rotate.isError && <ProblemAlert error={rotate.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep as it is</Button>
          <Button type="submit" look="primary" disabled={rotate.isPending}>
            {rotate.isPending ? 'Rotating…' : 'Rotate key'}
          </Button>
        </div>
      </FormBox>
    </Dialog>
  )
}
