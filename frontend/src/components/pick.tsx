import type { ReactNode } from 'react'

import { Field, Select } from '@/components/ui/field'

interface PickProps {
  label: string
  name: string
  value: string
  options: readonly (readonly [value: string, label: string])[]
  onChange: (value: string) => void
  error?: string | undefined
  hint?: ReactNode
  /** What stands for no choice yet; left out, the first option is one. */
  none?: string
}

/** One of a few things. */
export function Pick({ label, name, value, options, onChange, error, hint, none }: PickProps) {
  return (
    <Field label={label} error={error} hint={hint}>
      {(props) => (
        <Select {...props} name={name} value={value} onChange={(event) => onChange(event.target.value)}>
          {none !== undefined && <option value="">{none}</option>}
          {options.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
