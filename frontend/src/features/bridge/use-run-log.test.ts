import { act, renderHook, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { RunEvent } from '@/api/types'
import { anEvent } from '@/features/bridge/testing'
import { useRunLog } from '@/features/bridge/use-run-log'

const STARTED = anEvent(1, 'lifecycle', 'started')
const DONE = anEvent(2, 'lifecycle', 'succeeded')

// eslint-disable-next-line @typescript-eslint/require-await -- a generator of ready events
async function* given(...events: RunEvent[]) {
  yield* events
}

async function* thenWait(signal: AbortSignal, event: RunEvent): AsyncGenerator<RunEvent> {
  yield event
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')))
  })
}

afterEach(() => vi.useRealTimers())

describe('the log of a run', () => {
  it('collects events until the last', async () => {
    const { result } = renderHook(useRunLog)
    act(() => result.current.follow(() => given(STARTED, DONE)))
    await waitFor(() => expect(result.current.log.phase).toBe('ended'))
    expect(result.current.log.events).toEqual([STARTED, DONE])
  })

  it('shows events while the run goes on', async () => {
    const { result } = renderHook(useRunLog)
    act(() => result.current.follow((signal) => thenWait(signal, STARTED)))
    await waitFor(() => expect(result.current.log.events).toHaveLength(1))
    expect(result.current.log.phase).toBe('live')
  })

  it('keeps what it has when told to stop', async () => {
    const { result } = renderHook(useRunLog)
    act(() => result.current.follow((signal) => thenWait(signal, STARTED)))
    await waitFor(() => expect(result.current.log.events).toHaveLength(1))
    act(() => result.current.stop())
    await waitFor(() => expect(result.current.log).toEqual({ events: [STARTED], phase: 'ended' }))
  })

  it('keeps what it has when the source fails', async () => {
    const { result } = renderHook(useRunLog)
    const failing = async function* () {
      yield* given(STARTED)
      throw new TypeError('network')
    }
    act(() => result.current.follow(failing))
    await waitFor(() => expect(result.current.log.phase).toBe('failed'))
    expect(result.current.log.events).toEqual([STARTED])
  })

  it('shows nothing of a run that was replaced by another', async () => {
    const { result } = renderHook(useRunLog)
    act(() => result.current.follow((signal) => thenWait(signal, STARTED)))
    act(() => result.current.follow(() => given(anEvent(9, 'lifecycle', 'failed'))))
    await waitFor(() => expect(result.current.log.phase).toBe('ended'))
    expect(result.current.log.events.map(({ seq }) => seq)).toEqual([9])
  })

  it('stops the source with its page', async () => {
    let stopped = false
    const { result, unmount } = renderHook(useRunLog)
    act(() =>
      result.current.follow((signal) => {
        signal.addEventListener('abort', () => (stopped = true))
        return thenWait(signal, STARTED)
      }),
    )
    unmount()
    await waitFor(() => expect(stopped).toBe(true))
  })

  it.each(['before', 'after'])('paints nothing once its page is gone, %s the first event', async (when) => {
    vi.useFakeTimers()
    const { result, unmount } = renderHook(useRunLog)
    act(() => result.current.follow((signal) => thenWait(signal, STARTED)))
    if (when === 'after') {
      await vi.advanceTimersByTimeAsync(0)
      expect(vi.getTimerCount()).toBe(1)
    }
    unmount()
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
