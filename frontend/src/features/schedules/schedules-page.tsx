import { Link } from 'react-router'

import type { Schedule } from '@/api/automation'
import { EmptyState } from '@/components/empty-state'
import { type Column, Listing } from '@/components/listing'
import { Page } from '@/components/page'
import { StatusBadge } from '@/components/status-badge'
import { ButtonLink } from '@/components/ui/button'
import { mayInvoke, useProfile } from '@/features/bff/session'
import { PauseOrResume } from '@/features/schedules/actions'
import { sayExpression } from '@/features/schedules/expression'
import { useSchedules } from '@/features/schedules/queries'
import { Result } from '@/features/schedules/result'
import { ZonedTime } from '@/features/schedules/zoned-time'

const COLUMNS: Column<Schedule>[] = [
  {
    head: 'Name',
    cell: (one) => (
      <span className="flex max-w-40 flex-col sm:max-w-64">
        <Link
          to={`/schedules/${one.scheduleId}`}
          className="truncate font-medium text-accent underline underline-offset-2"
          title={one.name}
        >
          {one.name}
        </Link>
        <span className="truncate text-xs text-ink-soft" title={one.agent}>
          {one.agent}
        </span>
      </span>
    ),
  },
  { head: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
  { head: 'When', cell: (one) => sayExpression(one.expression, one.timeZone), wide: true },
  { head: 'Next', cell: (one) => <Next schedule={one} />, wide: true },
  { head: 'Last run', cell: ({ last }) => <Result firing={last} brief />, wide: true },
  { head: 'Actions', cell: (one) => <PauseOrResume schedule={one} />, end: true },
]

function Next({ schedule }: { schedule: Schedule }) {
  const [next] = schedule.nextRuns
  if (!next) return <span className="text-ink-soft">—</span>
  return <ZonedTime at={next} zone={schedule.timeZone} />
}

/** What runs by itself in the tenant. */
export function SchedulesPage() {
  const may = mayInvoke(useProfile())
  const create = (
    <ButtonLink to="/schedules/new" look="primary">
      Create a schedule
    </ButtonLink>
  )
  return (
    <Page
      title="Schedules"
      lead="Agents that run at times, each as who made the schedule."
      actions={may && create}
    >
      <Listing
        name="Schedules, newest first"
        list={useSchedules()}
        columns={COLUMNS}
        keyOf={({ scheduleId }) => scheduleId}
        more="Show older schedules"
        empty={
          <EmptyState title="Nothing is scheduled" action={may && create}>
            {may
              ? 'Have an agent run every morning, every hour, or once at a moment.'
              : 'Developers and administrators of your tenant can have an agent run at times.'}
          </EmptyState>
        }
      />
    </Page>
  )
}
