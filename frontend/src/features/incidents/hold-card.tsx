import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { ConfirmDialog } from '@/components/confirm-dialog'
import { Facts } from '@/components/facts'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { incidentsChanged, resetAgent, useHold } from '@/features/incidents/queries'

/** Whether something holds the agent back, and the reset that lifts it. */
export function HoldCard({ agent, may }: { agent: string; may: boolean }) {
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  const hold = useHold(agent).data
  if (!hold) return null
  const held = hold.state !== 'active'
  const last = hold.resets.at(-1)
  return (
    <Card
      title={agent}
      labelledBy="hold"
      actions={may && (held || hold.graveHalts > 0) && <Button onClick={() => setAsking(true)}>Reset</Button>}
    >
      <Facts
        facts={[
          [
            'State',
            <Badge key="state" tone={held ? 'bad' : 'good'}>
              {hold.state}
            </Badge>,
          ],
          ['Why', hold.reason],
          ['Since', hold.since && <Time key="since" at={hold.since} />],
          ['Grave halts of the last hour', hold.graveHalts],
          ['Last reset', last && `${last.reason} (${last.by})`],
        ]}
      />
      {asking && (
        <ConfirmDialog
          reason
          title={`Reset ${agent}`}
          action="Reset"
          run={async (reason) => {
            await resetAgent(agent, reason)
            await incidentsChanged(client)
          }}
          onClose={() => setAsking(false)}
        >
          <p>Runs of it start again, and the halts counted against it are forgotten.</p>
        </ConfirmDialog>
      )}
    </Card>
  )
}
