import { useMutation, useQueryClient } from '@tanstack/react-query'

import type { Tagged } from '@/api/client'
import type { JsonObject, Policy } from '@/api/types'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { DifferenceView } from '@/components/difference-view'
import { written } from '@/features/policies/draft'
import { policiesChanged, putPolicy } from '@/features/policies/queries'

interface ShadowCardProps {
  policy: Tagged<Policy>
  shadow: JsonObject
  mayWrite: boolean
}

/** What is asked beside the version in force. It decides nothing until somebody puts it in force. */
export function ShadowCard({ policy, shadow, mayWrite }: ShadowCardProps) {
  const client = useQueryClient()
  const save = useMutation({
    mutationFn: (override: JsonObject) => putPolicy(policy, { override }),
    onSuccess: () => policiesChanged(client),
  })
  const present = policy.value.override
  return (
    <Card title="In shadow" labelledBy="in-shadow">
      <div className="space-y-4">
        <p className="text-sm text-ink-soft">
          Asked beside every call, and decides nothing. Where it differs, the run’s log says so.
        </p>
        <DifferenceView
          name="What is in shadow against what is in force"
          before={written(present)}
          after={written(shadow)}
          same="The same as what is in force."
        />
        {save.isError && <ProblemAlert error={save.error} />}
        {mayWrite && (
          <div className="flex flex-wrap gap-2">
            <Button look="primary" disabled={save.isPending} onClick={() => save.mutate(shadow)}>
              Put it in force
            </Button>
            <Button disabled={save.isPending} onClick={() => save.mutate(present)}>
              End the shadow
            </Button>
          </div>
        )}
      </div>
    </Card>
  )
}
