import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { useForm } from '@/lib/use-form'

interface ConfirmDialogProps {
  title: string
  /** What the button says: the act itself, never "OK". */
  action: string
  run: () => Promise<unknown>
  onClose: () => void
  children: ReactNode
  /** What has to be typed, letter by letter, before it is done. */
  typed?: string
}

/** Asks before something that cannot be taken back, or not at once. */
export function ConfirmDialog({ title, action, run, onClose, children, typed = '' }: ConfirmDialogProps) {
  const form = useForm({ typed: '' }, (draft) =>
    draft.typed === typed ? {} : { typed: `Type ${typed} exactly as it is written.` },
  )
  const act = useMutation({ mutationFn: run, onSuccess: onClose })
  return (
    <Dialog title={title} onClose={onClose}>
      <FormBox form={form} onSend={() => act.mutate()}>
        <div className="space-y-2">{children}</div>
        {typed && (
          <Field label={`Type “${typed}” to confirm`} error={form.errors.typed}>
            {(props) => (
              <Input
                {...props}
                name="typed"
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                value={form.draft.typed}
                onChange={(event) => form.set('typed', event.target.value)}
              />
            )}
          </Field>
        )}
        {act.isError && <ProblemAlert error={act.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep as it is</Button>
          <Button type="submit" look="danger" disabled={act.isPending}>
            {act.isPending ? 'Working…' : action}
          </Button>
        </div>
      </FormBox>
    </Dialog>
  )
}
