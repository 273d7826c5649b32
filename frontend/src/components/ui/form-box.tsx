import { type ReactNode, useEffect, useRef } from 'react'

import { cn } from '@/lib/cn'
import type { Form } from '@/lib/use-form'

interface FormBoxProps<Draft> {
  form: Form<Draft>
  onSend: (draft: Draft) => void
  className?: string
  children: ReactNode
}

/** A form that is sent only when it holds; else the first field that is wrong gets the focus. */
export function FormBox<Draft>({ form, onSend, className, children }: FormBoxProps<Draft>) {
  const box = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (form.findings > 0) box.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [form.findings])
  return (
    <form
      ref={box}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (form.holds()) onSend(form.draft)
      }}
      className={cn('space-y-4', className)}
    >
      {children}
    </form>
  )
}
