import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'

import type { Schedule } from '@/api/automation'
import { ConfirmDialog } from '@/components/confirm-dialog'
import { ProblemAlert } from '@/components/problem-alert'
import { Button, ButtonLink } from '@/components/ui/button'
import { useProfile } from '@/features/bff/session'
import { deleteSchedule, moveSchedule, schedulesChanged, type Verb } from '@/features/schedules/queries'
import { rightsOf } from '@/features/schedules/rights'

const SAID: Record<Verb, string> = {
  pause: 'Paused.',
  resume: 'It goes on.',
  run: 'It runs now: the result appears below in a moment.',
}

function Remove({ schedule }: { schedule: Schedule }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button look="danger" onClick={() => setAsking(true)}>
        Delete
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Delete ${schedule.name}`}
          action="Delete schedule"
          run={async () => {
            await deleteSchedule(schedule.scheduleId)
            await navigate('/schedules')
            client.removeQueries({ queryKey: ['schedules', 'one', schedule.scheduleId] })
            await schedulesChanged(client)
          }}
          onClose={() => setAsking(false)}
        >
          <p>No time of it comes any more. Runs that began go on. This cannot be taken back.</p>
        </ConfirmDialog>
      )}
    </>
  )
}

/** Pause and resume, where the person may: for a row of the list. */
export function PauseOrResume({ schedule }: { schedule: Schedule }) {
  const client = useQueryClient()
  const may = rightsOf(useProfile(), schedule)
  const move = useMutation({
    mutationFn: (verb: Verb) => moveSchedule(schedule.scheduleId, verb),
    onSettled: () => schedulesChanged(client),
  })
  const verb = may.pause ? 'pause' : 'resume'
  if (!may.pause && !may.resume) return null
  return (
    <>
      <Button
        aria-label={`${verb === 'pause' ? 'Pause' : 'Resume'} ${schedule.name}`}
        disabled={move.isPending}
        onClick={() => move.mutate(verb)}
      >
        {verb === 'pause' ? 'Pause' : 'Resume'}
      </Button>
      {move.isError && (
        <div className="mt-2 max-w-xs text-left whitespace-normal">
          <ProblemAlert error={move.error} />
        </div>
      )}
    </>
  )
}

interface ActionsProps {
  schedule: Schedule
  /** Told what was done, and what went wrong. */
  onSaid: (words: string) => void
  onFailed: (error: Error | null) => void
}

/** Everything the person may do with a schedule. */
export function ScheduleActions({ schedule, onSaid, onFailed }: ActionsProps) {
  const client = useQueryClient()
  const may = rightsOf(useProfile(), schedule)
  const move = useMutation({
    mutationFn: (verb: Verb) => moveSchedule(schedule.scheduleId, verb),
    onMutate: () => {
      onFailed(null)
      onSaid('')
    },
    onSuccess: (_, verb) => onSaid(SAID[verb]),
    onError: onFailed,
    onSettled: () => schedulesChanged(client),
  })
  const button = (verb: Verb, words: string) => (
    <Button disabled={move.isPending} onClick={() => move.mutate(verb)}>
      {words}
    </Button>
  )
  return (
    <>
      {may.run && button('run', 'Run now')}
      {may.pause && button('pause', 'Pause')}
      {may.resume && button('resume', 'Resume')}
      {may.edit && <ButtonLink to={`/schedules/${schedule.scheduleId}/edit`}>Change</ButtonLink>}
      {may.remove && <Remove schedule={schedule} />}
    </>
  )
}
