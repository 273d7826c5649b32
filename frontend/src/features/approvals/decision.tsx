import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Approval } from '@/api/types'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { approvalsChanged, type Choice, decide } from '@/features/approvals/queries'

const LONGEST = 500
const SAID: Record<Choice, string> = {
  approve: 'Approved after looking at the arguments.',
  deny: 'Denied after looking at the arguments.',
}

/** Two buttons. A reason may be written; a click alone says that the arguments were looked at. */
export function Decision({ approval }: { approval: Approval }) {
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const [confirming, setConfirming] = useState(false)
  const send = async (choice: Choice) => {
    await decide(approval, choice, reason.trim() || SAID[choice])
    await approvalsChanged(client)
  }
  // Refused because it is not as it was seen: what it is now is shown beside why.
  const act = useMutation({ mutationFn: send, onError: () => void approvalsChanged(client) })
  const critical = approval.risk === 'critical'
  return (
    <div className="space-y-3">
      <Field label="Reason" hint="Stands in the audit log; the agent is told why it was denied.">
        {(props) => (
          <Input
            {...props}
            name="reason"
            maxLength={LONGEST}
            autoComplete="off"
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        )}
      </Field>
      {act.isError && <ProblemAlert error={act.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="danger" disabled={act.isPending} onClick={() => act.mutate('deny')}>
          Deny
        </Button>
        <Button
          look="primary"
          disabled={act.isPending}
          onClick={() => (critical ? setConfirming(true) : act.mutate('approve'))}
        >
          Approve
        </Button>
      </div>
      {confirming && (
        <ConfirmDialog
          title={`Approve ${approval.tool ?? approval.kind}`}
          action="Approve critical call"
          run={() => send('approve')}
          onClose={() => setConfirming(false)}
        >
          <p>
            This call is of critical risk. Once {approval.quorum} people have approved it, {approval.agent}{' '}
            makes it with exactly the arguments shown.
          </p>
        </ConfirmDialog>
      )}
    </div>
  )
}
