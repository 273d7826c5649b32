import {
  type ComponentProps,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react'

import { cn } from '@/lib/cn'

const BOX =
  'block w-full rounded-md border bg-surface px-3 py-2 text-sm text-ink placeholder:text-ink-soft/80 ' +
  'border-line-strong/70 aria-invalid:border-bad'

interface FieldProps {
  label: ReactNode
  hint?: ReactNode
  error?: string | undefined
  children: (props: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode
}

/** A labelled control with its hint and its error, tied together for assistive technology. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className="space-y-1.5">
      <label htmlFor={id} className="block text-sm font-medium">
        {label}
      </label>
      {children({
        id,
        ...(described && { 'aria-describedby': described }),
        ...(error && { 'aria-invalid': true as const }),
      })}
      {error && (
        <p id={`${id}-error`} className="text-sm text-bad">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-xs text-ink-soft">
          {hint}
        </p>
      )}
    </div>
  )
}

export function Textarea({ className, ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return <textarea className={cn(BOX, 'resize-y leading-relaxed', className)} {...rest} />
}

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={cn(BOX, className)} {...rest} />
}

export function Select({ className, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return <select className={cn(BOX, 'min-h-9 py-1.5', className)} {...rest} />
}

interface ChoicesProps {
  legend: string
  name: string
  options: readonly (readonly [value: string, label: ReactNode])[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
  error?: string | undefined
  hint?: ReactNode
}

/** Any number of a few things. */
export function Choices({ legend, name, options, chosen, onChange, error, hint }: ChoicesProps) {
  const id = useId()
  const toggled = (value: string): string[] =>
    chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]
  return (
    <fieldset aria-describedby={[error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ')}>
      <legend className="mb-1.5 text-sm font-medium">{legend}</legend>
      <div className="grid gap-x-4 gap-y-1.5 sm:grid-cols-2">
        {options.map(([value, label], index) => (
          <label key={value} className="flex items-center gap-2">
            <input
              type="checkbox"
              name={name}
              value={value}
              checked={chosen.includes(value)}
              {...(error && index === 0 && { 'aria-invalid': true as const })}
              onChange={() => onChange(toggled(value))}
              className="size-4 accent-accent"
            />
            <span className="text-sm">{label}</span>
          </label>
        ))}
      </div>
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-sm text-bad">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-xs text-ink-soft">
          {hint}
        </p>
      )}
    </fieldset>
  )
}
