import { useId, useRef } from 'react'

import { Pick } from '@/components/pick'
import { Field, Input } from '@/components/ui/field'
import { TextField } from '@/components/ui/text-field'
import type { ScheduleDraft } from '@/features/schedules/draft'
import {
  expressionOf,
  fieldOf,
  FIRST,
  type Kind,
  momentOf,
  partsOf,
  rateBody,
  rateOf,
  UNITS,
} from '@/features/schedules/expression'
import type { FormOf } from '@/lib/use-form'

const KINDS = [
  ['cron', 'By the calendar'],
  ['rate', 'Again and again'],
  ['at', 'Once'],
] as const
const ZONES = Intl.supportedValuesOf('timeZone')

interface BodyProps {
  body: string
  onChange: (body: string) => void
  error: string | undefined
}

function CronField({ body, onChange, error }: BodyProps) {
  return (
    <Field
      label="Times"
      error={error}
      hint={
        <>
          Minutes, hours, day of the month, month, day of the week, year, with <code>?</code> for one of the
          two days: <code>0 9 ? * MON-FRI *</code> is nine o’clock on working days, <code>30 6 L * ? *</code>{' '}
          half past six on the last day of each month.
        </>
      }
    >
      {(props) => (
        <Input
          {...props}
          name="expression"
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-[0.8125rem]"
          value={body}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

function RateField({ body, onChange, error }: BodyProps) {
  const { number, unit } = rateOf(body)
  return (
    <div className="grid grid-cols-2 gap-4">
      <Field label="Every" error={error} hint="Counted from when the schedule is made.">
        {(props) => (
          <Input
            {...props}
            name="expression"
            inputMode="numeric"
            autoComplete="off"
            value={number}
            onChange={(event) => onChange(rateBody(event.target.value.replace(/\s/g, ''), unit))}
          />
        )}
      </Field>
      <Pick
        label="Unit"
        name="unit"
        value={unit}
        options={UNITS.map((one) => [one, `${one}s`] as const)}
        onChange={(chosen) => onChange(rateBody(number, chosen))}
      />
    </div>
  )
}

function MomentField({ body, onChange, error }: BodyProps) {
  return (
    <Field label="Moment" error={error} hint="On the clock of the time zone below.">
      {(props) => (
        <Input
          {...props}
          name="expression"
          type="datetime-local"
          value={fieldOf(body)}
          onChange={(event) => onChange(momentOf(event.target.value))}
        />
      )}
    </Field>
  )
}

const FIELDS = { cron: CronField, rate: RateField, at: MomentField }

/** When a schedule runs. What was written for one kind is still there when one comes back to it. */
export function WhenFields({ form }: { form: FormOf<ScheduleDraft> }) {
  const zones = useId()
  const kept = useRef<Record<Kind, string>>({ ...FIRST })
  const { kind, body } = partsOf(form.draft.expression)
  const choose = (chosen: string) => {
    kept.current[kind] = form.draft.expression
    form.set('expression', kept.current[chosen as Kind])
  }
  const Body = FIELDS[kind]
  return (
    <>
      <Pick label="It runs" name="kind" value={kind} options={KINDS} onChange={choose} />
      <Body
        body={body}
        onChange={(text) => form.set('expression', expressionOf(kind, text))}
        error={form.errors.expression}
      />
      {kind !== 'rate' && (
        <>
          <TextField
            form={form}
            name="timeZone"
            label="Time zone"
            list={zones}
            spellCheck={false}
            hint="Whose clock, such as Europe/Berlin. Daylight saving moves with it."
          />
          <datalist id={zones}>
            {['UTC', ...ZONES].map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </>
  )
}
