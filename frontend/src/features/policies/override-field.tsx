import { useRef } from 'react'

import { Field, Textarea } from '@/components/ui/field'
import type { Fault } from '@/features/policies/draft'
import { rangeOf } from '@/features/policies/place'

interface OverrideFieldProps {
  text: string
  faults: Fault[]
  onChange: (text: string) => void
  readOnly?: boolean
}

/** An override as JSON; each thing that is wrong with it leads to its line. */
export function OverrideField({ text, faults, onChange, readOnly = false }: OverrideFieldProps) {
  const box = useRef<HTMLDivElement>(null)
  const show = (line: number) => {
    const area = box.current?.querySelector('textarea')
    area?.focus()
    area?.setSelectionRange(...rangeOf(text, line))
  }
  return (
    <div ref={box} className="space-y-2">
      <Field
        label="Override"
        hint={
          faults.length > 0
            ? undefined
            : 'What is left out stays as the agent’s version has it. An override can only narrow.'
        }
        error={faults.length > 0 ? 'This cannot be put in force:' : undefined}
      >
        {(props) => (
          <Textarea
            {...props}
            name="override"
            rows={Math.min(24, Math.max(8, text.split('\n').length + 1))}
            spellCheck={false}
            readOnly={readOnly}
            className="font-mono text-[0.8125rem]"
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      {faults.length > 0 && (
        <ul role="alert" className="space-y-1 text-sm text-bad">
          {faults.map(({ line, pointer, message }) => (
            <li key={pointer + message}>
              <button type="button" className="underline underline-offset-2" onClick={() => show(line)}>
                Line {line}
              </button>
              {pointer && <code className="ml-2 font-mono text-xs">{pointer}</code>}: {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
