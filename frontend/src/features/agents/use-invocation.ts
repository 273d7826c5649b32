import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'

import type { AcceptedJob, Invocation, Run } from '@/api/types'
import type { Way } from '@/features/agents/invocation'
import { streamInvocation } from '@/features/bridge/events'
import { cancelRun, cancelRunOnLeave, historyChanged, invoke, isAccepted } from '@/features/bridge/queries'
import { useRunLog } from '@/features/bridge/use-run-log'

const LAST_EVENTS_MS = 10_000 // after a cancellation, how long to wait for the run's own last event

export type Answer =
  | { kind: 'none' }
  | { kind: 'waiting' }
  | { kind: 'stream' }
  | { kind: 'run'; run: Run }
  | { kind: 'job'; job: AcceptedJob }
  | { kind: 'error'; error: unknown }

/** Runs an agent in one of the three ways and holds what comes of it. Leaving the page stops what it was waiting for. */
export function useInvocation(agent: string) {
  const client = useQueryClient()
  const [answer, setAnswer] = useState<Answer>({ kind: 'none' })
  const [stopping, setStopping] = useState(false)
  const [stopError, setStopError] = useState<unknown>()
  const waiting = useRef<AbortController>(undefined)
  const { log, follow, stop: stopFollowing } = useRunLog()
  const live = answer.kind === 'stream' && log.phase === 'live'
  const runId = log.events[0]?.runId

  const start = useCallback(
    (invocation: Invocation, way: Way) => {
      setStopping(false)
      setStopError(undefined)
      if (way === 'stream') {
        setAnswer({ kind: 'stream' })
        follow((signal) => streamInvocation(agent, invocation, signal))
        return
      }
      const controller = new AbortController()
      waiting.current = controller
      setAnswer({ kind: 'waiting' })
      invoke(agent, invocation, way === 'background', controller.signal)
        .then((result) =>
          setAnswer(isAccepted(result) ? { kind: 'job', job: result } : { kind: 'run', run: result }),
        )
        .catch((error: unknown) =>
          setAnswer(controller.signal.aborted ? { kind: 'none' } : { kind: 'error', error }),
        )
        .finally(() => historyChanged(client))
    },
    [agent, client, follow],
  )

  const stop = useCallback(() => {
    waiting.current?.abort()
    if (!runId) {
      stopFollowing()
      return
    }
    setStopping(true)
    cancelRun(runId)
      .then(() => setTimeout(stopFollowing, LAST_EVENTS_MS))
      .catch((error: unknown) => {
        setStopping(false)
        setStopError(error)
      })
  }, [runId, stopFollowing])

  useEffect(() => {
    if (!live || !runId) return undefined
    const leave = () => cancelRunOnLeave(runId)
    window.addEventListener('pagehide', leave)
    return () => window.removeEventListener('pagehide', leave)
  }, [live, runId])

  const unfinished = useRef<string>(undefined)
  useEffect(() => {
    unfinished.current = live ? runId : undefined
  }, [live, runId])
  useEffect(
    () => () => {
      waiting.current?.abort()
      if (unfinished.current) cancelRunOnLeave(unfinished.current)
    },
    [],
  )

  return { answer, log, start, stop, stopping, stopError, busy: live || answer.kind === 'waiting' }
}
