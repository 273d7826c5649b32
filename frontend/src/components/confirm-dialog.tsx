import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Textarea } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { type Errors, useForm } from '@/lib/use-form'

const LONGEST = 500

interface ConfirmDialogProps {
  title: string
  /** What the button says: the act itself, never "OK". */
  action: string
  /** `reason` is "" unless one is asked for. */
  run: (reason: string) => Promise<unknown>
  onClose: () => void
  children: ReactNode
  /** What has to be typed, letter by letter, before it is done. */
  typed?: string
  /** Whether the act needs a reason, which is kept where others read it. */
  reason?: boolean
  /** Acts that take nothing from anybody do not look like those that do. */
  look?: 'danger' | 'primary'
  /** What the places of a refusal are called. */
  nameOf?: (pointer: string) => string | undefined
}

interface Draft {
  typed: string
  reason: string
}

function checkReason(reason: string): Errors<Draft> {
  if (!reason.trim()) return { reason: 'Say why: it is kept with what is done and in the audit log.' }
  return reason.trim().length > LONGEST ? { reason: `At most ${LONGEST} characters.` } : {}
}

/** Asks before something that cannot be taken back, or not at once, or that stops others' work. */
export function ConfirmDialog({
  title,
  action,
  run,
  onClose,
  children,
  typed = '',
  reason = false,
  look = 'danger',
  nameOf,
}: ConfirmDialogProps) {
  const form = useForm<Draft>({ typed: '', reason: '' }, (draft) => ({
    ...(draft.typed === typed ? {} : { typed: `Type ${typed} exactly as it is written.` }),
    ...(reason ? checkReason(draft.reason) : {}),
  }))
  const act = useMutation({ mutationFn: run, onSuccess: onClose, onError: form.refused })
  return (
    <Dialog title={title} onClose={onClose}>
      <FormBox form={form} onSend={(draft) => act.mutate(draft.reason.trim())}>
        <div className="space-y-2">{children}</div>
        {reason && (
          <Field
            label="Reason"
            hint="Kept with what is done and in the audit log."
            error={form.errors.reason}
          >
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
        )}
        {typed && (
          <TextField
            form={form}
            name="typed"
            label={`Type “${typed}” to confirm`}
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
        {act.isError && <ProblemAlert error={act.error} nameOf={nameOf} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep as it is</Button>
          <Button type="submit" look={look} disabled={act.isPending}>
            {act.isPending ? 'Working…' : action}
          </Button>
        </div>
      </FormBox>
    </Dialog>
  )
}
