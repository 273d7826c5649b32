import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Tagged } from '@/api/client'
import type { Canary, CanaryShare } from '@/api/registry'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { canaryChanged, setShare } from '@/features/incidents/instances/canary/queries'
import { isShare } from '@/features/incidents/instances/canary/words'
import { isStale } from '@/features/incidents/instances/stale-notice'
import { type Errors, useForm } from '@/lib/use-form'

const [USUAL_PERCENT, LEAST_PERCENT] = ['5', 0.01]

export interface ShareDraft {
  percent: string
  versionId: string
  reason: string
}

/** More than nothing, at most all, two decimals. */
export function checkShare({ percent, versionId, reason }: ShareDraft): Errors<ShareDraft> {
  return {
    ...(!isShare(percent, LEAST_PERCENT) && { percent: 'From 0.01 to 100, with two decimals at most.' }),
    ...(versionId.trim() &&
      !/^ver_[0-9a-f]{32}$/.test(versionId.trim()) && { versionId: 'A version’s id begins with ver_.' }),
    ...(!reason.trim() && { reason: 'Say why: it is kept with the canary and in the audit log.' }),
  }
}

const wanted = ({ percent, versionId, reason }: ShareDraft): CanaryShare => ({
  percent: Number(percent),
  reason: reason.trim(),
  ...(versionId.trim() && { versionId: versionId.trim() }),
})

interface ShareDialogProps {
  agent: string
  canary: Tagged<Canary>
  onClose: () => void
  onStale: () => void
}

/** Starts a canary, or changes the share of the one that is on. */
export function ShareDialog({ agent, canary: { value, etag }, onClose, onStale }: ShareDialogProps) {
  const client = useQueryClient()
  const [seen] = useState(etag) // what was looked at when it opened is what is changed
  const on = value.status === 'on'
  const form = useForm<ShareDraft>(
    {
      percent: on ? String(value.percent ?? '') : USUAL_PERCENT,
      versionId: on ? (value.candidate?.versionId ?? '') : '',
      reason: '',
    },
    checkShare,
  )
  const act = useMutation({
    mutationFn: async (draft: ShareDraft) => {
      try {
        await setShare(agent, wanted(draft), seen)
      } catch (error) {
        if (!isStale(error)) throw error
        onStale()
      }
      await canaryChanged(client)
    },
    onSuccess: onClose,
    onError: form.refused,
  })
  return (
    <Dialog title={on ? `Change the share: ${agent}` : `Start a canary: ${agent}`} onClose={onClose}>
      <FormBox form={form} onSend={(draft) => act.mutate(draft)}>
        <p>
          {on
            ? 'A larger share moves sessions to the candidate only, a smaller one only back.'
            : 'A share of your tenant’s sessions goes to the second approved version; each session stays where it is. A candidate that does worse is taken back by itself.'}
        </p>
        <TextField
          form={form}
          name="percent"
          inputMode="decimal"
          label="Share of sessions, in percent"
          hint="100 lets all of them go there."
        />
        {!on && (
          <TextField
            form={form}
            name="versionId"
            label="Candidate (optional)"
            placeholder="ver_…"
            autoCapitalize="none"
            spellCheck={false}
            hint="Left out: the agent’s second approved version."
          />
        )}
        <TextField
          form={form}
          name="reason"
          maxLength={500}
          label="Reason"
          hint="Kept with the canary and in the audit log."
        />
        {act.isError && <ProblemAlert error={act.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep as it is</Button>
          <Button type="submit" look="primary" disabled={act.isPending}>
            {act.isPending ? 'Working…' : on ? 'Change the share' : 'Start the canary'}
          </Button>
        </div>
      </FormBox>
    </Dialog>
  )
}
