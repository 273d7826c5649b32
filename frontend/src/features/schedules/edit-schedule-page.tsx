import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from 'react-router'

import type { ScheduleChange, ScheduleDetail } from '@/api/automation'
import { problemOf } from '@/api/problem'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { changeOf, checkSchedule, draftOf } from '@/features/schedules/draft'
import { changeSchedule, schedulesChanged, useSchedule } from '@/features/schedules/queries'
import { ScheduleForm } from '@/features/schedules/schedule-form'
import { useForm } from '@/lib/use-form'

const STALE = 412

function EditForm({ schedule, etag }: { schedule: ScheduleDetail; etag: string }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const path = `/schedules/${schedule.scheduleId}`
  const form = useForm(draftOf(schedule), checkSchedule)
  const save = useMutation({
    mutationFn: async (change: ScheduleChange) => {
      if (Object.keys(change).length > 0) await changeSchedule(schedule.scheduleId, change, etag)
    },
    onSuccess: async () => {
      await schedulesChanged(client)
      await navigate(path)
    },
    onError: async (error) => {
      form.refused(error)
      // the version to name is read again; what was typed stays
      if (problemOf(error).status === STALE) await schedulesChanged(client)
    },
  })
  return (
    <ScheduleForm
      existing
      form={form}
      onSend={(draft) => save.mutate(changeOf(schedule, draft))}
      sending={save.isPending}
      error={save.error}
      action="Save"
      back={path}
    >
      {problemOf(save.error).status === STALE && (
        <p className="text-sm">What you wrote is still here. Save again to put it over the other change.</p>
      )}
    </ScheduleForm>
  )
}

/** Changes one's own schedule; what others change meanwhile is not written over unseen. */
export function EditSchedulePage() {
  const { id = '' } = useParams()
  const found = useSchedule(id, false)
  return (
    <Page title={found.data ? `Change ${found.data.value.name}` : 'Change a schedule'}>
      {found.isPending && <SkeletonRows label="Loading the schedule" rows={6} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && (
        <Card>
          <EditForm schedule={found.data.value} etag={found.data.etag} />
        </Card>
      )}
    </Page>
  )
}
