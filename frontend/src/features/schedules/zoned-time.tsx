import { ownZone } from '@/features/schedules/draft'
import { formatDateTime } from '@/lib/format'

const FORMATS = new Map<string, Intl.DateTimeFormat>()

/** A moment on a zone's clock, with the weekday; on this browser's where it does not know the zone. */
export function onTheClock(at: string, zone: string): string {
  let format = FORMATS.get(zone)
  if (!format) {
    const parts = {
      weekday: 'short',
      year: 'numeric',
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    } as const
    try {
      format = new Intl.DateTimeFormat(undefined, { ...parts, timeZone: zone })
    } catch {
      return formatDateTime(at)
    }
    FORMATS.set(zone, format)
  }
  return format.format(new Date(at))
}

/** A time of a schedule on its own clock, and on the reader's where that is another. */
export function ZonedTime({ at, zone }: { at: string; zone: string }) {
  const there = onTheClock(at, zone)
  const here = onTheClock(at, ownZone())
  return (
    <time dateTime={at}>
      {there}
      {here !== there && <span className="text-ink-soft"> (here {here})</span>}
    </time>
  )
}
