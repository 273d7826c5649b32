import { useCallback, useEffect, useRef, useState } from 'react'

import type { RunEvent } from '@/api/types'
import { isFinal } from '@/features/bridge/events'

const PAINT_MS = 40 // events come in bursts: the page is painted at most this often

export interface RunLog {
  events: readonly RunEvent[]
  phase: 'idle' | 'live' | 'ended' | 'failed'
  error?: unknown
}

const IDLE: RunLog = { events: [], phase: 'idle' }

interface RunLogControls {
  log: RunLog
  follow: (source: (signal: AbortSignal) => AsyncGenerator<RunEvent>) => void
  stop: () => void
  clear: () => void
}

/** Collects the events of one run at a time. What is being followed ends with the component. */
export function useRunLog(): RunLogControls {
  const [log, setLog] = useState(IDLE)
  const following = useRef<AbortController>(undefined)

  const stop = useCallback(() => following.current?.abort(), [])
  const clear = useCallback(() => {
    stop()
    setLog(IDLE)
  }, [stop])

  const follow = useCallback<RunLogControls['follow']>((source) => {
    following.current?.abort()
    const controller = new AbortController()
    following.current = controller
    const show = (next: RunLog) => {
      if (following.current === controller) setLog(next)
    }
    show({ events: [], phase: 'live' })
    void collect(source(controller.signal), controller.signal, show)
  }, [])

  useEffect(() => stop, [stop])
  return { log, follow, stop, clear }
}

async function collect(
  source: AsyncGenerator<RunEvent>,
  signal: AbortSignal,
  show: (log: RunLog) => void,
): Promise<void> {
  const events: RunEvent[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const paint = () => {
    timer = undefined
    show({ events: [...events], phase: 'live' })
  }
  try {
    for await (const event of source) {
      events.push(event)
      if (isFinal(event)) break
      if (!signal.aborted) timer ??= setTimeout(paint, PAINT_MS)
    }
    clearTimeout(timer)
    show({ events, phase: 'ended' })
  } catch (error) {
    clearTimeout(timer)
    show(signal.aborted ? { events, phase: 'ended' } : { events, phase: 'failed', error })
  }
}
