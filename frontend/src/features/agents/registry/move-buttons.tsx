import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Lineage, VersionNode } from '@/api/registry'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { Mono } from '@/components/facts'
import { shortOf } from '@/components/short-id'
import { Button } from '@/components/ui/button'
import { Field, Select } from '@/components/ui/field'
import { type Choice, choicesFor, earlier, mayMake, placeOf } from '@/features/agents/registry/moves'
import { gateAt } from '@/features/agents/registry/promotion/gates'
import { promote, registryChanged, rollBack } from '@/features/agents/registry/queries'
import { useProfile } from '@/features/bff/session'
import { formatDateTime } from '@/lib/format'

/** Which version takes the place of one that is rolled back. */
function BackTo({ lineage, to, onTo }: { lineage: Lineage; to: string; onTo: (to: string) => void }) {
  const versions = earlier(lineage)
  return (
    <Field
      label="Go back to"
      hint={
        versions.length === 0
          ? 'No version was approved before this one: a rollback will be refused. Quarantine it instead.'
          : undefined
      }
    >
      {(props) => (
        <Select {...props} value={to} onChange={(event) => onTo(event.target.value)}>
          <option value="">The version approved before it</option>
          {versions.map(({ versionId, approvedAt }) => (
            <option key={versionId} value={versionId}>
              {shortOf(versionId)}, approved {formatDateTime(approvedAt ?? '')}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

interface MoveDialogProps {
  choice: Choice
  node: VersionNode
  lineage: Lineage
  onClose: () => void
}

function MoveDialog({ choice, node, lineage, onClose }: MoveDialogProps) {
  const client = useQueryClient()
  const [backTo, setBackTo] = useState('')
  const { to } = choice.move
  const isDefault = placeOf(lineage, node.versionId) === 'default'
  const make = (reason: string): Promise<unknown> =>
    to === 'rolled_back'
      ? rollBack(node.versionId, reason, backTo)
      : promote(node.versionId, {
          to: to as Exclude<typeof to, 'draft' | 'rolled_back'>,
          reason,
          ...(to === 'approved' && { asDefault: choice.asDefault }),
        })
  return (
    <ConfirmDialog
      reason
      look={choice.grave ? 'danger' : 'primary'}
      title={`${choice.label}: ${lineage.agent}`}
      action={choice.label}
      nameOf={gateAt}
      run={async (reason) => {
        try {
          await make(reason)
        } finally {
          void registryChanged(client) // a refusal, too, may mean that somebody else moved it
        }
      }}
      onClose={onClose}
    >
      <p>{choice.means}</p>
      <p className="text-ink-soft">
        Version <Mono>{node.versionId}</Mono>
      </p>
      {to === 'rolled_back' && isDefault && <BackTo lineage={lineage} to={backTo} onTo={setBackTo} />}
    </ConfirmDialog>
  )
}

/** What may become of a version, each with who may do it; what the person may not is shown and cannot be pressed. */
export function MoveButtons({ node, lineage }: { node: VersionNode; lineage: Lineage }) {
  const roles = useProfile()?.roles ?? []
  const [asked, setAsked] = useState<Choice>()
  const choices = choicesFor(node, lineage)
  if (choices.length === 0) {
    return <p className="text-sm text-ink-soft">Nothing follows: a retired version stays for the record.</p>
  }
  return (
    <>
      <ul aria-label="What may become of it" className="divide-y divide-line">
        {choices.map((choice) => {
          const may = mayMake(choice.move, roles)
          return (
            <li
              key={choice.key}
              className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5 first:pt-0 last:pb-0"
            >
              <div className="min-w-48 flex-1">
                <p className="text-sm">{choice.means}</p>
                <p className="mt-0.5 text-xs text-ink-soft">
                  By {choice.move.roles.join(' or ')}
                  {choice.move.gates.length > 0 && `, through ${choice.move.gates.length} gates`}
                </p>
              </div>
              <Button
                look={choice.grave ? 'danger' : 'secondary'}
                disabled={!may}
                onClick={() => setAsked(choice)}
              >
                {choice.label}
              </Button>
            </li>
          )
        })}
      </ul>
      {asked && (
        <MoveDialog choice={asked} node={node} lineage={lineage} onClose={() => setAsked(undefined)} />
      )}
    </>
  )
}
