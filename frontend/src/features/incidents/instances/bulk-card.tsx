import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'

import type { BulkOutcome } from '@/api/registry'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { StatusBadge } from '@/components/status-badge'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { isGrave, LABELS, MEANS, MOVES, type MoveTo } from '@/features/incidents/instances/moves'
import { instancesChanged, moveInstances } from '@/features/incidents/instances/queries'

export interface Done {
  move: MoveTo
  outcome: BulkOutcome
}

const counted = (count: number): string => `${count} ${count === 1 ? 'agent' : 'agents'}`

/** What became of each, the refused ones with why. */
export function BulkResult({ done, onClose }: { done: Done; onClose: () => void }) {
  const heading = useRef<HTMLParagraphElement>(null)
  useEffect(() => heading.current?.focus(), [done])
  const { outcome, move } = done
  const ended = outcome.items.reduce((sum, item) => sum + (item.ended ?? 0), 0)
  return (
    <Card
      title={`Result: ${LABELS[move]}`}
      labelledBy="bulk-result"
      actions={<Button onClick={onClose}>Close</Button>}
    >
      <p ref={heading} tabIndex={-1} className="font-medium">
        {counted(outcome.done)} changed, {outcome.failed} refused
        {ended > 0 && `, ${ended} ${ended === 1 ? 'run' : 'runs'} ended`}.
      </p>
      <ul aria-label="What became of each" className="mt-3 divide-y divide-line">
        {outcome.items.map((item) => (
          <li key={item.agent} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 py-2">
            <Badge tone={item.done ? 'good' : 'bad'}>
              <span aria-hidden>{item.done ? '✓' : '✕'}</span>
              {item.done ? 'Changed' : 'Refused'}
            </Badge>
            <span className="font-medium">{item.agent}</span>
            {item.status && <StatusBadge status={item.status} />}
            {item.detail && (
              <span className="basis-full text-sm text-ink-soft sm:basis-auto">{item.detail}</span>
            )}
            {item.code && <code className="font-mono text-xs text-ink-soft">{item.code}</code>}
          </li>
        ))}
      </ul>
    </Card>
  )
}

interface BulkBarProps {
  tenant: string | undefined
  agents: readonly string[]
  onAll: () => void
  onDone: (done: Done) => void
}

/** What can be made of those that are chosen, all at once. */
export function BulkBar({ tenant, agents, onAll, onDone }: BulkBarProps) {
  const client = useQueryClient()
  const [asked, setAsked] = useState<MoveTo>()
  return (
    <div role="group" aria-label="Change the chosen agents" className="flex flex-wrap items-center gap-2">
      <p role="status" className="text-sm">
        {agents.length > 0 ? `${counted(agents.length)} chosen` : 'None chosen'}
      </p>
      <Button look="quiet" onClick={onAll}>
        Choose all
      </Button>
      {MOVES.map((move) => (
        <Button
          key={move}
          look={move === 'quarantined' ? 'danger' : 'secondary'}
          disabled={agents.length === 0}
          onClick={() => setAsked(move)}
        >
          {LABELS[move]}
        </Button>
      ))}
      {asked && (
        <ConfirmDialog
          reason
          look={isGrave(asked) ? 'danger' : 'primary'}
          title={`${LABELS[asked]}: ${counted(agents.length)}${tenant === undefined ? '' : ` of ${tenant}`}`}
          action={LABELS[asked]}
          run={async (reason) => {
            const outcome = await moveInstances(tenant, agents, asked, reason)
            await instancesChanged(client, tenant)
            onDone({ move: asked, outcome })
          }}
          onClose={() => setAsked(undefined)}
        >
          <p>{MEANS[asked]}</p>
          <p className="break-words text-ink-soft">{agents.join(', ')}</p>
        </ConfirmDialog>
      )}
    </div>
  )
}
