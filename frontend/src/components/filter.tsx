import { useSearchParams } from 'react-router'

import { Field, Input, Select } from '@/components/ui/field'
import { sentenceCase } from '@/lib/format'

interface FilterProps {
  label: string
  options: readonly string[]
  value: string
  onChange: (value: string) => void
  /** What an option is called; in sentence case when left out. */
  nameOf?: (option: string) => string
}

/** One of a few values, or any. */
export function Filter({ label, options, value, onChange, nameOf = sentenceCase }: FilterProps) {
  return (
    <div className="w-[calc(50%-0.5rem)] sm:w-44">
      <Field label={label}>
        {(props) => (
          <Select {...props} value={value} onChange={(event) => onChange(event.target.value)}>
            <option value="">Any</option>
            {options.map((option) => (
              <option key={option} value={option}>
                {nameOf(option)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  )
}

interface TextFilterProps {
  label: string
  value: string
  onChange: (value: string) => void
  placeholder?: string
}

/** What must be part of a text. */
export function TextFilter({ label, value, onChange, placeholder }: TextFilterProps) {
  return (
    <div className="w-full sm:w-60">
      <Field label={label}>
        {(props) => (
          <Input
            {...props}
            type="search"
            className="h-9"
            placeholder={placeholder}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
    </div>
  )
}

/** Filters as part of the address, so that a view can be kept and shared. */
export function useFilters(): readonly [
  value: (name: string) => string,
  set: (name: string) => (value: string) => void,
  clear: () => void,
] {
  const [query, setQuery] = useSearchParams()
  const set = (name: string) => (value: string) =>
    setQuery(
      (now) => {
        if (value) now.set(name, value)
        else now.delete(name)
        return now
      },
      { replace: true, preventScrollReset: true },
    )
  return [
    (name) => query.get(name) ?? '',
    set,
    () => setQuery({}, { replace: true, preventScrollReset: true }),
  ]
}

/** A value of the address that is one of those there are, else none. */
export const oneOf = (options: readonly string[], value: string): string =>
  options.includes(value) ? value : ''
