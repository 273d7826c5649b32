import { type QueryClient, keepPreviousData, useQuery } from '@tanstack/react-query'

import type { NewSchedule, Schedule, ScheduleChange, ScheduleDetail } from '@/api/automation'
import { getTagged, patchJson, postJson, remove } from '@/api/client'
import { address, itemsOf, usePages, useWhole } from '@/api/pages'
import { isBlank } from '@/features/schedules/expression'

const SCHEDULES = '/v1/schedules'
const LIST_MS = 15_000
const ONE_MS = 5000

export type Verb = 'pause' | 'resume' | 'run'

/** Those that are the person's business: a page may be short and not the last. */
export function useSchedules() {
  const schedules = usePages<Schedule>('schedules', SCHEDULES, 25, {}, LIST_MS)
  return useWhole(schedules, itemsOf(schedules).length > 0)
}

/** One with the version to name when it is changed; it is looked at again, since its times come. */
export function useSchedule(id: string, again = true) {
  return useQuery({
    queryKey: ['schedules', 'one', id],
    queryFn: ({ signal }) => getTagged<ScheduleDetail>(address(SCHEDULES, id), signal),
    refetchInterval: again && ONE_MS,
  })
}

/** When an expression would run, by the API's reckoning; what it has against it is the error. */
export function useTimes(expression: string, timeZone: string) {
  return useQuery({
    queryKey: ['schedules', 'times', expression, timeZone],
    queryFn: ({ signal }) =>
      postJson<{ times: string[] }>(`${SCHEDULES}/preview`, { expression, timeZone }, { signal }),
    placeholderData: keepPreviousData,
    enabled: !isBlank(expression) && timeZone.trim() !== '',
    retry: false,
    gcTime: 60_000,
  })
}

export const schedulesChanged = (client: QueryClient): Promise<void> =>
  client.invalidateQueries({ queryKey: ['schedules'] })

export const createSchedule = (wanted: NewSchedule, attempt: string) =>
  postJson<Schedule>(SCHEDULES, wanted, { headers: { 'idempotency-key': attempt } })
export const changeSchedule = (id: string, change: ScheduleChange, etag: string) =>
  patchJson<Schedule>(address(SCHEDULES, id), change, etag)
export const moveSchedule = (id: string, verb: Verb) => postJson<unknown>(address(SCHEDULES, id, `/${verb}`))
export const deleteSchedule = (id: string) => remove(address(SCHEDULES, id))
