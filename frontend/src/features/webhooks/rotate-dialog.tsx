import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { IssuedWebhook } from '@/api/automation'
import { Pick } from '@/components/pick'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { FormBox } from '@/components/ui/form-box'
import { rotateSecret, webhooksChanged } from '@/features/webhooks/queries'
import { useForm } from '@/lib/use-form'

const OVERLAPS = [
  ['86400', 'For another day'],
  ['3600', 'For another hour'],
  ['604800', 'For another week'],
  ['0', 'No longer: it ends at once'],
] as const

interface RotateDialogProps {
  id: string
  onIssued: (issued: IssuedWebhook) => void
  onClose: () => void
}

export function RotateDialog({ id, onIssued, onClose }: RotateDialogProps) {
  const client = useQueryClient()
  const form = useForm<{ overlapSeconds: string }>({ overlapSeconds: OVERLAPS[0][0] }, () => ({}))
  const rotate = useMutation({
    mutationFn: (overlap: string) => rotateSecret(id, Number(overlap), form.attempt),
    gcTime: 0, // the answer holds the secret
    onSuccess: async (issued) => {
      await webhooksChanged(client)
      onClose()
      onIssued(issued)
    },
  })
  return (
    <Dialog title="Rotate the signing secret" onClose={onClose}>
      <FormBox form={form} onSend={({ overlapSeconds }) => rotate.mutate(overlapSeconds)}>
        <p>
          The endpoint gets a new secret. Meanwhile each message bears <strong>two signatures</strong>, one by
          each secret, and a receiver with either of them verifies it. So nothing is lost while you put the
          new one in its place.
        </p>
        <Pick
          label="Messages are signed with the present secret too"
          name="overlapSeconds"
          value={form.draft.overlapSeconds}
          options={OVERLAPS}
          onChange={(seconds) => form.set('overlapSeconds', seconds)}
          hint="Choose “no longer” when it has leaked."
        />
        {rotate.isError && <ProblemAlert error={rotate.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep as it is</Button>
          <Button type="submit" look="primary" disabled={rotate.isPending}>
            {rotate.isPending ? 'Rotating…' : 'Rotate secret'}
          </Button>
        </div>
      </FormBox>
    </Dialog>
  )
}
