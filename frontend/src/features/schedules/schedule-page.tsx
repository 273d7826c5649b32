import { useState } from 'react'
import { useParams } from 'react-router'

import type { ScheduleDetail } from '@/api/automation'
import { EmptyState } from '@/components/empty-state'
import { Facts, Mono } from '@/components/facts'
import { Output } from '@/components/output'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { Person } from '@/features/bff/person'
import { isMe, useProfile } from '@/features/bff/session'
import { ScheduleActions } from '@/features/schedules/actions'
import { CATCH_UPS, OVERLAPS } from '@/features/schedules/draft'
import { sayExpression } from '@/features/schedules/expression'
import { useSchedule } from '@/features/schedules/queries'
import { Result } from '@/features/schedules/result'
import { ZonedTime } from '@/features/schedules/zoned-time'

const worded = <Word extends string>(words: readonly (readonly [Word, string])[], word: Word): string =>
  words.find(([one]) => one === word)?.[1] ?? word

/** Why nothing comes of it at the moment, and what to do. */
function Notice({ schedule, own }: { schedule: ScheduleDetail; own: boolean }) {
  const { status, stoppedBecause } = schedule
  if (status === 'active') return null
  return (
    <p className="rounded border-l-4 border-warn bg-warn-soft px-3 py-2">
      {status === 'paused' && <>It is paused: nothing runs until who made it resumes it.</>}
      {status === 'finished' && (
        <>Its last time has come. {own ? 'Change when it runs to have it go on, or delete it.' : ''}</>
      )}
      {status === 'stopped' && (
        <>
          <strong>The platform stopped it.</strong> {stoppedBecause}{' '}
          {own ? 'When that is mended, resume it.' : 'Who made it can resume it when that is mended.'}
        </>
      )}
    </p>
  )
}

function NextRuns({ schedule }: { schedule: ScheduleDetail }) {
  return (
    <Card title="Next runs" labelledBy="next-runs">
      {schedule.nextRuns.length === 0 ? (
        <p className="text-ink-soft">None.</p>
      ) : (
        <ol className="space-y-1 tabular-nums">
          {schedule.nextRuns.map((at) => (
            <li key={at}>
              <ZonedTime at={at} zone={schedule.timeZone} />
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}

function History({ schedule }: { schedule: ScheduleDetail }) {
  return (
    <Card title="What became of its times" labelledBy="history" flush>
      {schedule.history.length === 0 ? (
        <EmptyState title="No time has come yet">Each time has its result here, for 90 days.</EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {schedule.history.map((firing) => (
            <li key={firing.at} className="px-4 py-2.5">
              <Result firing={firing} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

function Details({ schedule }: { schedule: ScheduleDetail }) {
  const own = isMe(useProfile(), schedule.createdBy)
  return (
    <>
      <Notice schedule={schedule} own={own} />
      <NextRuns schedule={schedule} />
      <History schedule={schedule} />
      <Card title="What it does" labelledBy="does">
        <Facts
          facts={[
            ['Agent', schedule.agent],
            ['When', sayExpression(schedule.expression, schedule.timeZone)],
            ['Expression', <Mono key="expression">{schedule.expression}</Mono>],
            ['Spread over', schedule.jitterMinutes ? `${schedule.jitterMinutes} minutes` : 'No spread'],
            ['While the run before goes on', worded(OVERLAPS, schedule.overlap)],
            ['Times that were missed', worded(CATCH_UPS, schedule.catchUp)],
            ['Runs as', <Person key="by" id={schedule.createdBy} />],
            ['Made', <Time key="made" at={schedule.createdAt} />],
            ['Changed', <Time key="changed" at={schedule.updatedAt} />],
          ]}
        />
      </Card>
      <Card title="Input" labelledBy="input" flush>
        <Output value={schedule.input} />
      </Card>
      {schedule.context && (
        <Card title="Context" labelledBy="context" flush>
          <Output value={schedule.context} />
        </Card>
      )}
    </>
  )
}

/** One schedule: what comes next, what became of its times, and what can be done with it. */
export function SchedulePage() {
  const { id = '' } = useParams()
  const found = useSchedule(id)
  const [said, setSaid] = useState('')
  const [failed, setFailed] = useState<Error | null>(null)
  const schedule = found.data?.value
  return (
    <Page
      title={schedule?.name ?? 'Schedule'}
      lead={
        <span className="flex flex-wrap items-center gap-2">
          {schedule && <StatusBadge status={schedule.status} />}
          <Mono>{id}</Mono>
        </span>
      }
      actions={schedule && <ScheduleActions schedule={schedule} onSaid={setSaid} onFailed={setFailed} />}
    >
      <p role="status" className={said ? 'text-sm text-ink-soft' : 'sr-only'}>
        {said}
      </p>
      {failed && <ProblemAlert error={failed} />}
      {found.isPending && <SkeletonRows label="Loading the schedule" rows={4} />}
      {found.isError && <ProblemAlert error={found.error} onRetry={() => void found.refetch()} />}
      {schedule && <Details schedule={schedule} />}
    </Page>
  )
}
