import type { QueryClient } from '@tanstack/react-query'

import { postJson } from '@/api/client'
import { address, type Filters, type Pages, usePages } from '@/api/pages'
import type { AcceptedJob, CancelledJobs, JobSummary } from '@/api/types'
import { historyChanged } from '@/features/bridge/queries'

const JOBS = '/v1/jobs'
const LIST_MS = 3000

/** Jobs, newest first, read again while they are looked at: that is how their progress comes. */
export const useJobs = (filters: Filters): Pages<JobSummary> =>
  usePages<JobSummary>('jobs', JOBS, 25, filters, LIST_MS)

/** Forget what a job that began or ended has changed. */
export async function jobsChanged(client: QueryClient): Promise<void> {
  await Promise.all([client.invalidateQueries({ queryKey: ['jobs'] }), historyChanged(client)])
}

export const cancelJobs = (jobIds: string[]) => postJson<CancelledJobs>(`${JOBS}/cancel`, { jobIds })

export type From = 'checkpoint' | 'start'

/** Do a job again; `attempt` names this wish, so that asking for it twice begins one. */
export const requeueJob = (id: string, from: From, attempt: string) =>
  postJson<AcceptedJob>(address(JOBS, id, '/requeue'), { from }, { headers: { 'idempotency-key': attempt } })
