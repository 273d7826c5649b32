// Runs of the last hour, day or week: a list that is newest first ends where they end.
import type { Pages } from '@/api/pages'
import type { Run } from '@/api/types'

const HOUR_MS = 3_600_000

export const PERIODS = [
  ['1h', 'The last hour', HOUR_MS],
  ['24h', 'The last 24 hours', 24 * HOUR_MS],
  ['7d', 'The last 7 days', 7 * 24 * HOUR_MS],
] as const

/** When a period began, in milliseconds since the epoch; undefined for any time. */
export function beginOf(period: string, now: number): number | undefined {
  const found = PERIODS.find(([name]) => name === period)
  return found && now - found[2]
}

const isSince = (run: Run, begin: number): boolean => Date.parse(run.createdAt ?? '') >= begin

/** The list up to where the period began; it goes on only while all that is known of it lies within. */
export function since(list: Pages<Run>, begin: number | undefined): Pages<Run> {
  if (begin === undefined || !list.data) return list
  const pages = list.data.pages.map((page) => ({
    ...page,
    items: page.items.filter((run) => isSince(run, begin)),
  }))
  const whole = list.data.pages.every((page, index) => page.items.length === pages[index]?.items.length)
  return { ...list, data: { ...list.data, pages }, hasNextPage: list.hasNextPage && whole }
}
