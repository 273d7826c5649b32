import { useState } from 'react'

import { ConfirmDialog } from '@/components/confirm-dialog'
import { Button } from '@/components/ui/button'
import { isTenantAdmin, useProfile } from '@/features/bff/session'
import { useSwitching } from '@/features/kill-switches/queries'

const MEANS = {
  run: 'Every further call of this run is refused within a second, until the switch is cleared.',
  agent:
    'No run of this agent starts, and every further call of those that are going is refused within a second, for your tenant, until the switch is cleared.',
}

/** Stops one run or agent of the tenant's own at once, once its name was typed. For administrators only. */
export function StopButton({ scope, target }: { scope: keyof typeof MEANS; target: string }) {
  const [attempt, setAttempt] = useState('') // one switch for one dialog, however often it is sent
  const { set } = useSwitching(false)
  if (!isTenantAdmin(useProfile())) return null
  return (
    <>
      <Button look="danger" onClick={() => setAttempt(crypto.randomUUID())}>
        Stop at once
      </Button>
      {attempt && (
        <ConfirmDialog
          title={`Stop ${scope} ${target}`}
          action="Set kill switch"
          typed={target}
          reason
          run={(reason) => set({ scope, target, reason }, attempt)}
          onClose={() => setAttempt('')}
        >
          <p>{MEANS[scope]}</p>
        </ConfirmDialog>
      )}
    </>
  )
}
