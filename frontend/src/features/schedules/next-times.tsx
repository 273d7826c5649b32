import { problemOf } from '@/api/problem'
import { Skeleton } from '@/components/ui/skeleton'
import type { useTimes } from '@/features/schedules/queries'
import { ZonedTime } from '@/features/schedules/zoned-time'

interface NextTimesProps {
  times: ReturnType<typeof useTimes>
  zone: string
  /** Whether what is shown is of an older draft than the one that stands there. */
  old: boolean
}

/** The next times of a draft, as they will be. What the API has against a field stands at that field. */
export function NextTimes({ times, zone, old }: NextTimesProps) {
  return (
    <section aria-labelledby="next-times" className="rounded-md border bg-sunken/40 p-3">
      <h2 id="next-times" className="text-sm font-medium">
        It would run
      </h2>
      <div role="status" aria-busy={old || times.isFetching} className="mt-1 min-h-6 text-sm">
        {times.isPending && times.fetchStatus === 'fetching' && <Skeleton className="h-5 w-56" />}
        {times.isError && <p className="text-ink-soft">{whyNot(times.error)}</p>}
        {times.isPending && times.fetchStatus !== 'fetching' && (
          <p className="text-ink-soft">Its next times appear here.</p>
        )}
        {times.data && !times.isError && (
          <ol className={`space-y-0.5 tabular-nums ${old || times.isPlaceholderData ? 'opacity-55' : ''}`}>
            {times.data.times.map((at) => (
              <li key={at}>
                <ZonedTime at={at} zone={zone} />
              </li>
            ))}
          </ol>
        )}
      </div>
    </section>
  )
}

function whyNot(error: unknown): string {
  const { detail, title, errors } = problemOf(error)
  return errors.length > 0 ? 'Never, as it stands: see what is said above.' : (detail ?? title)
}
