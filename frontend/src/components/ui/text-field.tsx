import type { InputHTMLAttributes, ReactNode } from 'react'

import { Field, Input } from '@/components/ui/field'
import type { FormOf } from '@/lib/use-form'

type TextOf<Draft> = { [Name in keyof Draft]: Draft[Name] extends string ? Name : never }[keyof Draft] &
  string

interface TextFieldProps<Draft> extends Omit<InputHTMLAttributes<HTMLInputElement>, 'form' | 'name'> {
  form: FormOf<Draft>
  name: TextOf<Draft>
  label: ReactNode
  hint?: ReactNode
}

/** One line of text of a form, with what is wrong with it. */
export function TextField<Draft>({ form, name, label, hint, ...rest }: TextFieldProps<Draft>) {
  return (
    <Field label={label} hint={hint} error={form.errors[name]}>
      {(props) => (
        <Input
          autoComplete="off"
          {...rest}
          {...props}
          name={name}
          value={form.draft[name] as string}
          onChange={(event) => form.set(name, event.target.value as Draft[typeof name])}
        />
      )}
    </Field>
  )
}
