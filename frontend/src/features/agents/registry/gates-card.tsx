import type { ReactNode } from 'react'

import type { Gate } from '@/api/registry'
import { ProblemAlert } from '@/components/problem-alert'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useGates } from '@/features/agents/registry/queries'
import { sentenceCase } from '@/lib/format'

/** What each gate asks for; one that the API adds is shown by its name. */
const ASKS: Record<string, string> = {
  evaluation: 'The required suites passed on exactly this content.',
  certification: 'Its certifications are there and valid.',
  approvals: 'Those who have to agree to a high risk did.',
  incidents: 'No incident of S1 or S2 about this agent is open.',
  policy: 'The manifest’s policy can be made an envelope.',
  budget: 'What a run costs and how long it takes is bounded.',
}

/** A gate that holds and says why was waived: nothing judged it. */
function Finding({ holds, why }: Gate) {
  if (holds && why) return <Badge tone="warn">Waived</Badge>
  return (
    <Badge tone={holds ? 'good' : 'bad'}>
      <span aria-hidden>{holds ? '✓' : '✕'}</span>
      {holds ? 'Holds' : 'Closed'}
    </Badge>
  )
}

function GateRow({ gate }: { gate: Gate }) {
  return (
    <li className="grid grid-cols-[4.5rem_minmax(0,1fr)] items-start gap-3">
      <div>
        <Finding {...gate} />
      </div>
      <div className="min-w-0">
        <p className="text-sm font-medium">{sentenceCase(gate.gate)}</p>
        <p className="text-xs text-ink-soft">{ASKS[gate.gate]}</p>
        {gate.why && <p className="mt-0.5 text-sm break-words">{sentenceCase(gate.why)}</p>}
      </div>
    </li>
  )
}

const verdict = (gates: readonly Gate[]): string => {
  const closed = gates.filter(({ holds }) => !holds).length
  if (closed === 0) return 'Every gate holds.'
  return `${closed} of ${gates.length} gates ${closed === 1 ? 'does' : 'do'} not hold: an approval is refused.`
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
                <GateRow key={gate.gate} gate={gate} />
              ))}
            </ul>
          </>
        )}
        <div className="border-t pt-4">{children}</div>
      </div>
    </Card>
  )
}
