import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { CertificationKind, NewCertification } from '@/api/registry'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Select } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { certify } from '@/features/agents/registry/promotion/queries'
import { registryChanged } from '@/features/agents/registry/queries'
import { type Errors, useForm } from '@/lib/use-form'
import { useNow } from '@/lib/use-now'

const KINDS: Record<CertificationKind, string> = {
  'security-review': 'Security review',
  'privacy-review': 'Privacy review',
  'compliance-review': 'Compliance review',
}
const [USUAL_DAYS, MOST_DAYS, LONGEST_NOTE] = [180, 365, 500]
const DAY_MS = 86_400_000

interface Draft {
  kind: CertificationKind
  expiresAt: string
  note: string
}

/** The day that is so many days after today, as a date field writes it. */
export const dayAfter = (days: number, now: number): string =>
  new Date(now + days * DAY_MS).toISOString().slice(0, 10)

export function check({ expiresAt, note }: Draft, now: number): Errors<Draft> {
  const wrong = expiresAt < dayAfter(1, now) || expiresAt > dayAfter(MOST_DAYS, now)
  return {
    ...(wrong && { expiresAt: `A day within the next ${MOST_DAYS}, from tomorrow on.` }),
    ...(note.trim().length > LONGEST_NOTE && { note: `At most ${LONGEST_NOTE} characters.` }),
  }
}

const wanted = ({ kind, expiresAt, note }: Draft): NewCertification => ({
  kind,
  expiresAt: `${expiresAt}T00:00:00Z`,
  ...(note.trim() && { note: note.trim() }),
})

/** Vouches for what a version consists of, until a day. */
export function CertifyDialog({ versionId, onClose }: { versionId: string; onClose: () => void }) {
  const client = useQueryClient()
  const now = useNow(false)
  const form = useForm<Draft>(
    { kind: 'security-review', expiresAt: dayAfter(USUAL_DAYS, now), note: '' },
    (draft) => check(draft, now),
  )
  const act = useMutation({
    mutationFn: async (draft: Draft) => {
      await certify(versionId, wanted(draft), form.attempt)
      await registryChanged(client)
    },
    onSuccess: onClose,
    onError: form.refused,
  })
  return (
    <Dialog title="Certify this version" onClose={onClose}>
      <FormBox form={form} onSend={(draft) => act.mutate(draft)}>
        <p>
          With your name you vouch for exactly this content: its package, prompts, manifest and dependencies.
          It is kept in the platform’s audit chain.
        </p>
        <Field label="What was looked at">
          {(props) => (
            <Select
              {...props}
              name="kind"
              value={form.draft.kind}
              onChange={({ target }) => form.set('kind', target.value as CertificationKind)}
            >
              {Object.entries(KINDS).map(([kind, name]) => (
                <option key={kind} value={kind}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <TextField form={form} type="date" name="expiresAt" label="Until" hint="A year at most, UTC." />
        <TextField
          form={form}
          name="note"
          label="Note (optional)"
          hint="What you looked at, where the report is."
        />
        {act.isError && <ProblemAlert error={act.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" look="primary" disabled={act.isPending}>
            {act.isPending ? 'Working…' : 'Certify'}
          </Button>
        </div>
      </FormBox>
    </Dialog>
  )
}
