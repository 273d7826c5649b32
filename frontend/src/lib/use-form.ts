import { useState } from 'react'

import { fieldErrors } from '@/api/problem'

export type Errors<Draft> = Partial<Record<keyof Draft & string, string>>

export interface Form<Draft> {
  draft: Draft
  errors: Errors<Draft>
  /** How often something was found wrong: each time the person is taken there. */
  findings: number
  /** Names this attempt: the same until the draft changes, so that a repeated request has one effect. */
  attempt: string
  set: <Name extends keyof Draft & string>(name: Name, value: Draft[Name]) => void
  /** Whether nothing is wrong; what is, is shown. */
  holds: () => boolean
  /** Put what the API said against single fields next to them. */
  refused: (error: unknown) => void
}

/** What fields need of a form: the form of a larger draft will do. */
export type FormOf<Draft> = Pick<Form<Draft>, 'draft' | 'errors' | 'set'>

/** A form's values and what is wrong with them. `check` names each field that is wrong, and why. */
export function useForm<Draft extends object>(
  initial: Draft,
  check: (draft: Draft) => Errors<Draft>,
): Form<Draft> {
  const [draft, setDraft] = useState(initial)
  const [attempt, setAttempt] = useState<string>(() => crypto.randomUUID())
  const [{ errors, findings }, setFound] = useState<{ errors: Errors<Draft>; findings: number }>({
    errors: {},
    findings: 0,
  })
  const show = (found: Errors<Draft>): boolean => {
    const wrong = Object.keys(found).length > 0
    setFound((now) => ({ errors: found, findings: now.findings + (wrong ? 1 : 0) }))
    return !wrong
  }
  return {
    draft,
    errors,
    findings,
    attempt,
    set: (name, value) => {
      setDraft((now) => ({ ...now, [name]: value }))
      setFound((now) => ({ ...now, errors: { ...now.errors, [name]: undefined } }))
      setAttempt(crypto.randomUUID())
    },
    holds: () => show(check(draft)),
    refused: (error) => void show(fieldErrors(error, Object.keys(initial)) as Errors<Draft>),
  }
}
