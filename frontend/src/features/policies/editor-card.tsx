import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Tagged } from '@/api/client'
import type { JsonObject, Policy } from '@/api/types'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { DifferenceView } from '@/components/difference-view'
import { faultsOf, isStale, read, written } from '@/features/policies/draft'
import { OverrideField } from '@/features/policies/override-field'
import { type Override, policiesChanged, putPolicy, simulate } from '@/features/policies/queries'
import { SimulationResult } from '@/features/policies/simulation'

interface EditorCardProps {
  policy: Tagged<Policy>
  text: string
  onText: (text: string) => void
}

/** Writes the next version: tried on recorded calls, asked in shadow, or put in force. */
export function EditorCard({ policy, text, onText }: EditorCardProps) {
  const client = useQueryClient()
  const [tried, setTried] = useState(false)
  const present = policy.value
  const save = useMutation({
    mutationFn: (next: Override) => putPolicy(policy, next),
    onSuccess: () => policiesChanged(client),
  })
  const trial = useMutation({ mutationFn: (override: JsonObject) => simulate(present.agent ?? '', override) })
  const { override, faults: unreadable } = read(text)
  const failure = save.error ?? trial.error
  const found = tried && unreadable.length > 0 ? unreadable : faultsOf(failure, text)
  const write = (changed: string) => {
    onText(changed)
    save.reset()
    trial.reset()
  }
  const attempt = (act: (override: JsonObject) => void) => {
    setTried(true)
    save.reset()
    trial.reset()
    if (override) act(override)
  }
  const busy = save.isPending || trial.isPending
  return (
    <Card title="Next version" labelledBy="next-version">
      <div className="space-y-4">
        <OverrideField text={text} faults={found} onChange={write} />
        <div className="space-y-1.5">
          <p className="text-sm font-medium">Changes against version {present.version}, which is in force</p>
          <DifferenceView
            name="Changes against the version in force"
            before={written(present.override)}
            after={override ? written(override) : text}
            same="None yet."
          />
        </div>
        {isStale(save.error) ? (
          <Stale onLook={() => void policiesChanged(client).then(() => save.reset())} />
        ) : (
          failure && found.length === 0 && <ProblemAlert error={failure} />
        )}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            look="primary"
            disabled={busy}
            onClick={() => attempt((next) => save.mutate({ override: next }))}
          >
            Put in force
          </Button>
          <Button
            disabled={busy}
            onClick={() => attempt((next) => save.mutate({ override: present.override, shadow: next }))}
          >
            Ask in shadow
          </Button>
          {present.agent && (
            <Button disabled={busy} onClick={() => attempt((next) => trial.mutate(next))}>
              {trial.isPending ? 'Simulating…' : 'Simulate'}
            </Button>
          )}
          <p role="status" className="text-sm text-ink-soft">
            {save.data?.version === present.version &&
              `Version ${present.version} is saved, and takes hold within 15 s.`}
          </p>
        </div>
        {trial.data && <SimulationResult found={trial.data} />}
      </div>
    </Card>
  )
}

function Stale({ onLook }: { onLook: () => void }) {
  return (
    <div
      role="alert"
      className="space-y-2 rounded-lg border border-warn/40 border-l-4 border-l-warn p-4 text-sm"
    >
      <p className="font-semibold text-warn">Somebody else has changed this policy meanwhile</p>
      <p>
        Nothing was saved, and your text is kept. Look at how it differs from what is in force now, then
        decide.
      </p>
      <Button onClick={onLook}>Compare with the newest version</Button>
    </div>
  )
}
