import { useId } from 'react'

import { ALL, covered, FAMILIES, toggled } from '@/features/webhooks/catalogue'

interface BoxProps {
  value: string
  label: string
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
  /** Asked for already by something wider. */
  implied?: boolean
  wrong?: boolean
}

function Box({ value, label, chosen, onChange, implied = false, wrong = false }: BoxProps) {
  return (
    <label className="flex items-start gap-2">
      <input
        type="checkbox"
        name="events"
        value={value}
        checked={implied || chosen.includes(value)}
        disabled={implied}
        {...(wrong && { 'aria-invalid': true as const })}
        onChange={() => onChange(toggled(chosen, value))}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <span className="min-w-0 text-sm">
        {label} <code className="font-mono text-xs break-words text-ink-soft">{value}</code>
      </span>
    </label>
  )
}

interface EventChoicesProps {
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
  error: string | undefined
}

/** Which events an endpoint asks for: single ones, families, or all there are. */
export function EventChoices({ chosen, onChange, error }: EventChoicesProps) {
  const id = useId()
  return (
    <fieldset aria-describedby={error ? `${id}-error ${id}-hint` : `${id}-hint`} className="space-y-3">
      <legend className="text-sm font-medium">Events</legend>
      {error && (
        <p id={`${id}-error`} className="text-sm text-bad">
          {error}
        </p>
      )}
      <p id={`${id}-hint`} className="text-xs text-ink-soft">
        A family also asks for those that come to it later.
      </p>
      <Box
        value={ALL}
        label="Everything that happens"
        chosen={chosen}
        onChange={onChange}
        wrong={Boolean(error)}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        {FAMILIES.map((family) => (
          <div
            key={family.filter}
            role="group"
            aria-label={family.label}
            className="space-y-1.5 rounded-md border p-3"
          >
            <Box
              value={family.filter}
              label={`${family.label}: all`}
              chosen={chosen}
              onChange={onChange}
              implied={chosen.includes(ALL)}
            />
            <div className="space-y-1.5 border-t pt-1.5">
              {family.events.map(([type, words]) => (
                <Box
                  key={type}
                  value={type}
                  label={words}
                  chosen={chosen}
                  onChange={onChange}
                  implied={covered(chosen, family)}
                />
              ))}
            </div>
          </div>
        ))}
      </div>
    </fieldset>
  )
}
