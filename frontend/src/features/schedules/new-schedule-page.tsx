import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearchParams } from 'react-router'

import type { NewSchedule } from '@/api/automation'
import { Page } from '@/components/page'
import { Card } from '@/components/ui/card'
import { checkSchedule, emptyDraft, scheduleOf } from '@/features/schedules/draft'
import { createSchedule, schedulesChanged } from '@/features/schedules/queries'
import { ScheduleForm } from '@/features/schedules/schedule-form'
import { useForm } from '@/lib/use-form'

/** Makes a schedule; the agent may be named in the address. */
export function NewSchedulePage() {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [query] = useSearchParams()
  const form = useForm(emptyDraft(query.get('agent') ?? ''), checkSchedule)
  const create = useMutation({
    mutationFn: (wanted: NewSchedule) => createSchedule(wanted, form.attempt),
    onSuccess: async ({ scheduleId }) => {
      await schedulesChanged(client)
      await navigate(`/schedules/${scheduleId}`)
    },
    onError: form.refused,
  })
  return (
    <Page
      title="Create a schedule"
      lead="An agent runs at times, as a job, with your rights as they are when the time comes."
    >
      <Card>
        <ScheduleForm
          form={form}
          onSend={(draft) => create.mutate(scheduleOf(draft))}
          sending={create.isPending}
          error={create.error}
          action="Create schedule"
          back="/schedules"
        />
      </Card>
    </Page>
  )
}
