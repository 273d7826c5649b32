import { useState } from 'react'

import type { Policy } from '@/api/types'
import { Mono } from '@/components/facts'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Select } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { DifferenceView } from '@/components/difference-view'
import { written } from '@/features/policies/draft'
import { useVersion } from '@/features/policies/queries'

const SHOWN = 50

interface HistoryCardProps {
  policy: Policy
  onTake?: ((text: string) => void) | undefined
}

/** An earlier version beside the one in force; it can be taken into the editor, to be put in force again. */
export function HistoryCard({ policy, onTake }: HistoryCardProps) {
  const [chosen, setChosen] = useState(policy.version - 1)
  const found = useVersion(policy.policyId, chosen)
  const numbers = Array.from(
    { length: Math.min(SHOWN, policy.version - 1) },
    (_, back) => policy.version - 1 - back,
  )
  const earlier = found.data
  return (
    <Card title="Earlier versions" labelledBy="earlier-versions">
      <div className="space-y-4">
        <Field label="Version">
          {(props) => (
            <Select
              {...props}
              className="max-w-40"
              value={chosen}
              onChange={(event) => setChosen(Number(event.target.value))}
            >
              {numbers.map((number) => (
                <option key={number} value={number}>
                  Version {number}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {found.isPending && <SkeletonRows label="Loading the version" rows={3} />}
        {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
        {earlier && (
          <>
            <p className="text-sm text-ink-soft">
              By <Mono>{earlier.updatedBy}</Mono>, <Time at={earlier.updatedAt} />. Against it, version{' '}
              {policy.version} has:
            </p>
            <DifferenceView
              name={`Changes since version ${chosen}`}
              before={written(earlier.override)}
              after={written(policy.override)}
              same="The same override."
            />
            {onTake && (
              <Button onClick={() => onTake(written(earlier.override))}>
                Take version {chosen} into the editor
              </Button>
            )}
          </>
        )}
      </div>
    </Card>
  )
}
