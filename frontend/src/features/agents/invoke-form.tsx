import { type KeyboardEvent, type SubmitEvent, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { useSearchParams } from 'react-router'

import { type Agent, type Invocation, MAX_INPUT_CHARACTERS } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Field, Input, Textarea } from '@/components/ui/field'
import {
  checkDraft,
  countCharacters,
  type Draft,
  type DraftErrors,
  invocationOf,
  type Way,
  WAYS,
  waysOf,
} from '@/features/agents/invocation'
import { NO_LIMITS } from '@/features/agents/limits'
import { LimitsSection } from '@/features/agents/limits-section'
import { FilePicker } from '@/features/files/file-picker'
import { useUploads } from '@/features/files/use-uploads'
import { cn } from '@/lib/cn'
import { formatNumber } from '@/lib/format'

interface InvokeFormProps {
  agent: Agent
  busy: boolean
  onInvoke: (invocation: Invocation, way: Way) => void
  onStop: (() => void) | undefined
}

function WayChoice({ ways, way, onChange }: { ways: Way[]; way: Way; onChange: (way: Way) => void }) {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">How to run it</legend>
      <div className="grid gap-2 sm:grid-cols-3">
        {ways.map((option) => (
          <label
            key={option}
            className={cn(
              'flex cursor-pointer gap-2.5 rounded-md border p-2.5 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
              option === way ? 'border-accent bg-accent-soft' : 'border-line-strong/60 hover:bg-sunken',
            )}
          >
            <input
              type="radio"
              name="way"
              value={option}
              checked={option === way}
              onChange={() => onChange(option)}
              className="mt-1 size-3.5 shrink-0 accent-accent outline-none"
            />
            <span>
              <span className="block font-medium">{WAYS[option].label}</span>
              <span className="block text-xs text-ink-soft">{WAYS[option].hint}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function useDraft() {
  const [query] = useSearchParams()
  const [draft, setDraft] = useState<Draft>({
    ...NO_LIMITS,
    input: '',
    context: '',
    sessionId: query.get('session') ?? '',
  })
  const [errors, setErrors] = useState<DraftErrors>({})
  const set = (field: keyof Draft) => (event: { target: { value: string } }) => {
    setDraft((now) => ({ ...now, [field]: event.target.value }))
    setErrors((now) => ({ ...now, [field === 'toolChoice' ? 'tools' : field]: undefined }))
  }
  return { draft, set, errors, setErrors }
}

export function InvokeForm({ agent, busy, onInvoke, onStop }: InvokeFormProps) {
  const ways = waysOf(agent.mode)
  const [way, setWay] = useState<Way>(ways[0] ?? 'wait')
  const { draft, set, errors, setErrors } = useDraft()
  const uploads = useUploads()
  const form = useRef<HTMLFormElement>(null)

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const found = checkDraft(draft)
    flushSync(() => setErrors(found)) // so that the section with the field to correct is open before it is focused
    const first = (['input', 'context', 'tools'] as const).find((field) => found[field])
    if (first) form.current?.querySelector<HTMLElement>(`[name=${first}]`)?.focus()
    else onInvoke(invocationOf(draft, uploads.fileIds), way)
  }
  const submitOnShortcut = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && !busy) form.current?.requestSubmit()
  }

  return (
    <form ref={form} onSubmit={submit} noValidate className="space-y-5">
      <Field
        label="Input"
        error={errors.input}
        hint={`${formatNumber(countCharacters(draft.input))} of ${formatNumber(MAX_INPUT_CHARACTERS)} characters · Ctrl+Enter runs`}
      >
        {(props) => (
          <Textarea
            {...props}
            name="input"
            rows={6}
            required
            placeholder="What should the agent do?"
            value={draft.input}
            onChange={set('input')}
            onKeyDown={submitOnShortcut}
          />
        )}
      </Field>
      <FilePicker uploads={uploads} />
      <details className="group rounded-md border" open={Boolean(errors.context) || undefined}>
        <summary className="cursor-pointer px-3 py-2 text-sm font-medium select-none">
          Context and session
        </summary>
        <div className="space-y-4 border-t p-3">
          <Field
            label="Context"
            error={errors.context}
            hint="A JSON object the agent receives beside the input."
          >
            {(props) => (
              <Textarea
                {...props}
                name="context"
                rows={4}
                spellCheck={false}
                className="font-mono text-[0.8125rem]"
                placeholder='{"locale": "en"}'
                value={draft.context}
                onChange={set('context')}
              />
            )}
          </Field>
          <Field label="Session" hint="Continue one of your sessions; leave empty to begin a new one.">
            {(props) => (
              <Input
                {...props}
                name="sessionId"
                autoComplete="off"
                spellCheck={false}
                className="font-mono text-[0.8125rem]"
                placeholder="ses_…"
                value={draft.sessionId}
                onChange={set('sessionId')}
              />
            )}
          </Field>
        </div>
      </details>
      <LimitsSection limits={draft} error={errors.tools} set={set} />
      <WayChoice ways={ways} way={way} onChange={setWay} />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="primary" disabled={busy || uploads.pending}>
          {busy ? 'Running…' : 'Run agent'}
        </Button>
        {onStop && (
          <Button look="danger" onClick={onStop}>
            Stop
          </Button>
        )}
        {uploads.pending && <span className="text-sm text-ink-soft">Waiting for the upload…</span>}
      </div>
    </form>
  )
}
