import { useMutation, useQueryClient } from '@tanstack/react-query'

import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Textarea } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { suspendTenant, tenantChanged } from '@/features/tenants/queries'
import { useForm } from '@/lib/use-form'

const LONGEST = 500

function checkReason({ reason }: { reason: string }) {
  if (!reason.trim()) return { reason: 'Say why: whoever reinstates the tenant has to know.' }
  return reason.trim().length > LONGEST ? { reason: `At most ${LONGEST} characters.` } : {}
}

export function SuspendDialog({ tenantId, onClose }: { tenantId: string; onClose: () => void }) {
  const client = useQueryClient()
  const form = useForm({ reason: '' }, checkReason)
  const suspend = useMutation({
    mutationFn: (reason: string) => suspendTenant(tenantId, reason),
    onSuccess: async () => {
      await tenantChanged(client)
      onClose()
    },
    onError: form.refused,
  })
  return (
    <Dialog title={`Suspend ${tenantId}`} onClose={onClose}>
      <FormBox form={form} onSend={({ reason }) => suspend.mutate(reason.trim())}>
        <p>Within a minute nobody of this tenant can do anything here. Running agents are stopped.</p>
        <Field label="Reason" hint="Kept with the tenant; operators see it." error={form.errors.reason}>
          {(props) => (
            <Textarea
              {...props}
              name="reason"
              rows={3}
              value={form.draft.reason}
              onChange={(event) => form.set('reason', event.target.value)}
            />
          )}
        </Field>
        {suspend.isError && <ProblemAlert error={suspend.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep it working</Button>
          <Button type="submit" look="danger" disabled={suspend.isPending}>
            {suspend.isPending ? 'Suspending…' : 'Suspend tenant'}
          </Button>
        </div>
      </FormBox>
    </Dialog>
  )
}
