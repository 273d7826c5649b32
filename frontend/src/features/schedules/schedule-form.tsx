import type { ReactNode } from 'react'

import { itemsOf } from '@/api/pages'
import { fieldErrors } from '@/api/problem'
import { Pick } from '@/components/pick'
import { ProblemAlert } from '@/components/problem-alert'
import { Button, ButtonLink } from '@/components/ui/button'
import { Field, Textarea } from '@/components/ui/field'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { useAgents } from '@/features/agents/queries'
import { CATCH_UPS, OVERLAPS, type ScheduleDraft } from '@/features/schedules/draft'
import { NextTimes } from '@/features/schedules/next-times'
import { useTimes } from '@/features/schedules/queries'
import { WhenFields } from '@/features/schedules/when-fields'
import type { Form } from '@/lib/use-form'
import { useSettled } from '@/lib/use-settled'

const TYPING_MS = 400

interface TextBoxProps {
  form: Form<ScheduleDraft>
  name: 'input' | 'context'
  label: string
  hint: string
  rows: number
  mono?: boolean
}

function TextBox({ form, name, label, hint, rows, mono = false }: TextBoxProps) {
  return (
    <Field label={label} hint={hint} error={form.errors[name]}>
      {(props) => (
        <Textarea
          {...props}
          name={name}
          rows={rows}
          spellCheck={!mono}
          className={mono ? 'font-mono text-[0.8125rem]' : ''}
          value={form.draft[name]}
          onChange={(event) => form.set(name, event.target.value)}
        />
      )}
    </Field>
  )
}

/** When it runs, with what the API says of that while it is written. */
function When({ form }: { form: Form<ScheduleDraft> }) {
  const { expression, timeZone } = form.draft
  const settled = useSettled(`${expression}\n${timeZone}`, TYPING_MS)
  const [asked = '', zone = ''] = settled.split('\n')
  const times = useTimes(asked, zone)
  const old = settled !== `${expression}\n${timeZone}`
  const said = times.isError && !old ? fieldErrors(times.error, ['expression', 'timeZone']) : {}
  const own = Object.fromEntries(Object.entries(form.errors).filter(([, words]) => words))
  return (
    <>
      <WhenFields form={{ ...form, errors: { ...said, ...own } }} />
      <NextTimes times={times} zone={zone} old={old} />
    </>
  )
}

interface ScheduleFormProps {
  form: Form<ScheduleDraft>
  onSend: (draft: ScheduleDraft) => void
  sending: boolean
  error: unknown
  action: string
  back: string
  /** Whether there is a schedule already: its agent stays. */
  existing?: boolean
  children?: ReactNode
}

/** What is to run, when, and what becomes of times that come badly. */
export function ScheduleForm(props: ScheduleFormProps) {
  const { form, onSend, sending, error, action, back, existing = false, children } = props
  const { draft, errors, set } = form
  const agents = itemsOf(useAgents()).map(({ name }) => name)
  const offered = [...new Set([...agents, ...(draft.agent ? [draft.agent] : [])])]
  return (
    <FormBox form={form} onSend={onSend} className="max-w-2xl">
      <TextField form={form} name="name" label="Name" hint="What it is for, such as “morning report”." />
      {existing ? (
        <p className="text-sm">
          <span className="font-medium">Agent</span> {draft.agent}
        </p>
      ) : (
        <Pick
          label="Agent"
          name="agent"
          none="Choose…"
          value={draft.agent}
          options={offered.map((name) => [name, name] as const)}
          onChange={(name) => set('agent', name)}
          error={errors.agent}
        />
      )}
      <TextBox form={form} name="input" label="Input" hint="What the agent is asked, each time." rows={4} />
      <TextBox
        mono
        form={form}
        name="context"
        label="Context"
        hint="A JSON object, if it needs one."
        rows={2}
      />
      <When form={form} />
      <TextField
        form={form}
        name="jitterMinutes"
        label="Spread over minutes"
        inputMode="numeric"
        hint="Each time is told at random within so many minutes, so that not everything begins at once. 0 to 1440."
      />
      <Pick
        label="While the run before goes on"
        name="overlap"
        value={draft.overlap}
        options={OVERLAPS}
        onChange={(chosen) => set('overlap', chosen as ScheduleDraft['overlap'])}
        error={errors.overlap}
      />
      <Pick
        label="Times that were missed"
        name="catchUp"
        value={draft.catchUp}
        options={CATCH_UPS}
        onChange={(chosen) => set('catchUp', chosen as ScheduleDraft['catchUp'])}
        error={errors.catchUp}
        hint="Also when a paused schedule is resumed."
      />
      {Boolean(error) && <ProblemAlert error={error} />}
      {children}
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={sending}>
          {sending ? 'Saving…' : action}
        </Button>
        <ButtonLink to={back}>Back</ButtonLink>
      </div>
    </FormBox>
  )
}
