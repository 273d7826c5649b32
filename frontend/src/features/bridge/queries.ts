import { type QueryClient, useQuery } from '@tanstack/react-query'

import { call, getJson, postJson } from '@/api/client'
import { address, type Filters, usePages } from '@/api/pages'
import {
  type AcceptedJob,
  FINAL_STATUSES,
  type Invocation,
  type Job,
  type Replay,
  type ReplaySummary,
  type Run,
  type Session,
} from '@/api/types'

const JOB_POLL_MS = 1000
const RUN_POLL_MS = 2000

/** Forget lists that a run which began or ended has changed. */
export async function historyChanged(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ['runs'] }),
    client.invalidateQueries({ queryKey: ['sessions'] }),
  ])
}

const path = (kind: string, id: string, action = ''): string => address(`/v1/${kind}`, id, action)

export const useRuns = (filters: Filters) => usePages<Run>('runs', '/v1/runs', 25, filters)
export const useSessions = () => usePages<Session>('sessions', '/v1/sessions', 25)

/** One run, read again while it goes on. */
export function useRun(id: string) {
  return useQuery({
    queryKey: ['runs', id],
    queryFn: ({ signal }) => getJson<Run>(path('runs', id), signal),
    refetchInterval: ({ state }) =>
      state.data && !FINAL_STATUSES.has(state.data.status) ? RUN_POLL_MS : false,
  })
}

/** One job, polled until it is over. */
export function useJob(id: string) {
  return useQuery({
    queryKey: ['jobs', id],
    queryFn: ({ signal }) => getJson<Job>(path('jobs', id), signal),
    refetchInterval: ({ state }) =>
      state.data && FINAL_STATUSES.has(state.data.status) ? false : JOB_POLL_MS,
    refetchIntervalInBackground: true,
  })
}

export const cancelRun = (id: string) => postJson<unknown>(path('runs', id, '/cancel'))

/** `version` is another one than the run's own; `continue` goes on after a call that differs. */
export const startReplay = (id: string, asked: { version?: string; onDivergence: 'stop' | 'continue' }) =>
  postJson<Replay>(path('runs', id, '/replays'), asked)

export const readReplay = (id: string, replayId: string, signal: AbortSignal) =>
  getJson<Replay>(path('runs', id, `/replays/${encodeURIComponent(replayId)}`), signal)

const replaysOf = (id: string): string => `replays of ${id}`

export const useReplays = (id: string) =>
  usePages<ReplaySummary>(replaysOf(id), path('runs', id, '/replays'), 10)

/** Forget the list that a replay which began or ended has changed. */
export const replaysChanged = (client: QueryClient, id: string): Promise<void> =>
  client.invalidateQueries({ queryKey: [replaysOf(id)] })

/** Tell the platform to stop a run while this page is going away: the request outlives the page. */
export function cancelRunOnLeave(id: string): void {
  void call(path('runs', id, '/cancel'), { method: 'POST', keepalive: true }).catch(() => undefined)
}

/** The whole answer, or an accepted job when the agent works in the background or `background` asks for that. */
export function invoke(
  agent: string,
  invocation: Invocation,
  background: boolean,
  signal: AbortSignal,
): Promise<Run | AcceptedJob> {
  const headers = { 'idempotency-key': crypto.randomUUID(), ...(background && { prefer: 'respond-async' }) }
  return postJson(path('agents', agent, '/invoke'), invocation, { headers, signal })
}

export const isAccepted = (answer: Run | AcceptedJob): answer is AcceptedJob => 'pollUrl' in answer
