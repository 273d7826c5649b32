import type { ReactNode } from 'react'
import { Link } from 'react-router'

import type { Gate } from '@/api/registry'
import { ProblemAlert } from '@/components/problem-alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { ASKS, gateName, piecesOf, verdict } from '@/features/agents/registry/promotion/gates'
import { Remedy } from '@/features/agents/registry/promotion/remedy'
import { useGates } from '@/features/agents/registry/queries'

/** What the API says of it, to the word; an incident that it names is a link. */
function Why({ why }: { why: string }) {
  return (
    <p className="mt-0.5 text-sm break-words">
      {piecesOf(why).map(({ text, incident }) =>
        incident ? (
          <Link
            key={text}
            to={`/platform-incidents/${incident}`}
            className="font-mono text-[0.8125rem] break-all text-accent underline underline-offset-2"
          >
            {text}
          </Link>
        ) : (
          text
        ),
      )}
    </p>
  )
}

function GateRow({ gate: { gate, holds, why }, versionId }: { gate: Gate; versionId: string }) {
  return (
    <li className="grid grid-cols-[4.5rem_minmax(0,1fr)] items-start gap-3">
      <div>
        <Badge tone={holds ? 'good' : 'bad'}>
          <span aria-hidden>{holds ? '✓' : '✕'}</span>
          {holds ? 'Holds' : 'Closed'}
        </Badge>
      </div>
      <div className="min-w-0">
        <p className="text-sm font-semibold">{gateName(gate)}</p>
        <p className="text-xs text-ink-soft">{ASKS[gate]}</p>
        {why && <Why why={why} />}
        {!holds && <Remedy gate={gate} versionId={versionId} />}
      </div>
    </li>
  )
}

interface GatesCardProps {
  versionId: string
  /** What can be done about it: the moves. */
  children: ReactNode
}

/** What stands between a version and its approval, and what may be made of it. */
export function GatesCard({ versionId, children }: GatesCardProps) {
  const gates = useGates(versionId)
  return (
    <Card title="Promotion" labelledBy="promotion">
      <div className="space-y-4">
        {gates.isPending && <SkeletonRows label="Asking the gates" rows={6} />}
        {gates.isError && <ProblemAlert error={gates.error} onRetry={() => void gates.refetch()} />}
        {gates.data && (
          <>
            <p role="status" className="font-medium">
              {verdict(gates.data.gates)}
            </p>
            <ul aria-label="Gates" className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
              {gates.data.gates.map((gate) => (
                <GateRow key={gate.gate} gate={gate} versionId={versionId} />
              ))}
            </ul>
          </>
        )}
        <div className="border-t pt-4">{children}</div>
      </div>
    </Card>
  )
}
