import { type ReactNode, useEffect, useId, useRef, useState } from 'react'

import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'

interface SecretOnceProps {
  title: string
  /** What the field is called, such as "API key". */
  label: string
  secret: string
  children: ReactNode
  onDone: () => void
}

/** A secret that is shown now and never again. It lives in this page's memory until the person says it is stored. */
export function SecretOnce({ title, label, secret, children, onDone }: SecretOnceProps) {
  const id = useId()
  const heading = useRef<HTMLHeadingElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const [said, setSaid] = useState('')
  useEffect(() => heading.current?.focus(), [])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret)
      setSaid('Copied.')
    } catch {
      field.current?.select()
      setSaid('Copying is not allowed here. It is selected: copy it with Ctrl+C.')
    }
  }
  return (
    <section aria-labelledby={id} className="space-y-3 rounded-lg border-2 border-warn bg-surface p-4">
      <h2 ref={heading} tabIndex={-1} id={id} className="text-sm font-semibold">
        {title}
      </h2>
      <p className="rounded border-l-4 border-warn bg-warn-soft px-3 py-2">
        <strong>This is the only time it is shown.</strong> {children}
      </p>
      <div className="flex flex-wrap gap-2">
        <Input
          ref={field}
          readOnly
          aria-label={label}
          value={secret}
          autoComplete="off"
          spellCheck={false}
          className="min-w-0 flex-1 font-mono text-[0.8125rem]"
          onFocus={(event) => event.target.select()}
        />
        <Button onClick={() => void copy()}>Copy</Button>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status" className="text-ink-soft">
          {said}
        </p>
        <Button look="primary" onClick={onDone}>
          I have stored it
        </Button>
      </div>
    </section>
  )
}
