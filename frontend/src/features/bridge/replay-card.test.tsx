import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { Replay } from '@/api/types'
import { ReplayCard } from '@/features/bridge/replay-card'
import type * as queries from '@/features/bridge/queries'
import { aRun } from '@/features/bridge/testing'

const { startReplay, readReplay, getJson } = vi.hoisted(() => ({
  startReplay: vi.fn(),
  readReplay: vi.fn(),
  getJson: vi.fn(),
}))
vi.mock('@/features/bridge/queries', async (original) => ({
  ...(await original<typeof queries>()),
  startReplay,
  readReplay,
}))
vi.mock('@/api/client', async (original) => ({ ...(await original<object>()), getJson }))

const SIDE = { hash: 'a'.repeat(64), calls: 1, events: 0 }
const SAME: Replay = {
  replayId: 'rpl_1',
  runId: 'run_1',
  status: 'finished',
  version: 'ver_1',
  attempt: 1,
  createdAt: '2026-03-04T05:06:07.890Z',
  identical: true,
  recorded: SIDE,
  replayed: SIDE,
  calls: [{ position: 1, kind: 'tool', name: 'calculator', hash: 'c'.repeat(64), result: 'same' }],
  differences: [],
}

beforeEach(() => {
  vi.clearAllMocks()
  getJson.mockResolvedValue({ items: [], nextCursor: null })
})
afterEach(() => vi.restoreAllMocks())

function show(mayReplay = true) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ReplayCard run={aRun()} mayReplay={mayReplay} />
    </QueryClientProvider>,
  )
}

async function replay(answer: Replay) {
  startReplay.mockResolvedValue(answer)
  show()
  await userEvent.click(screen.getByRole('button', { name: 'Replay' }))
}

it('says that a replay is identical and shows the recorded calls', async () => {
  await replay(SAME)
  expect(await screen.findByText(/^Identical/)).toBeDefined()
  const calls = screen.getByRole('list', { name: 'Recorded calls' })
  expect(within(calls).getByText('calculator')).toBeDefined()
  expect(within(calls).getByText('same')).toBeDefined()
})

it('shows both sides of a difference, told apart in words', async () => {
  const differences = [{ what: 'call' as const, position: 1, expected: '6 * 7', got: '6 * 8' }]
  await replay({ ...SAME, identical: false, differences })
  expect(await screen.findByText(/^Different/)).toBeDefined()
  const shown = screen.getByRole('list', { name: 'Differences' })
  expect(shown.textContent).toContain('Recorded: 6 * 7')
  expect(shown.textContent).toContain('Replayed: 6 * 8')
})

it('replays by its own version and stops at a difference unless somebody wants otherwise', async () => {
  await replay(SAME)
  expect(startReplay).toHaveBeenLastCalledWith('run_1', { onDivergence: 'stop' })
  await userEvent.type(screen.getByLabelText('Version'), 'ver_2 ')
  await userEvent.click(screen.getByRole('checkbox'))
  await userEvent.click(screen.getByRole('button', { name: 'Replay' }))
  expect(startReplay).toHaveBeenLastCalledWith('run_1', { version: 'ver_2', onDivergence: 'continue' })
})

it('says which attempt it was, of a run that took several', async () => {
  await replay({ ...SAME, attempt: 3 })
  expect((await screen.findByText(/^Identical/)).textContent).toContain('attempt, number 3')
})

it('waits for the replay of a job', async () => {
  readReplay.mockResolvedValue(SAME)
  await replay({ ...SAME, status: 'running', identical: null })
  expect(await screen.findByText(/^Identical/)).toBeDefined()
  expect(readReplay.mock.calls[0]?.slice(0, 2)).toEqual(['run_1', 'rpl_1'])
})

it('says why a replay shows nothing', async () => {
  const error = { code: 'REPLAY_TIMED_OUT', message: 'The agent did not say how it ended.' }
  await replay({ ...SAME, status: 'failed', identical: null, error })
  expect(await screen.findByText('REPLAY_TIMED_OUT')).toBeDefined()
})

it('lists earlier replays and shows the one that is asked for, to people who may not replay too', async () => {
  const other = { ...SAME, replayId: 'rpl_2', identical: false }
  const last = { ...SAME, replayId: 'rpl_0' }
  getJson.mockImplementation((asked: string) =>
    Promise.resolve(
      asked.includes('cursor=more')
        ? { items: [last], nextCursor: null }
        : { items: [other, SAME], nextCursor: 'more' },
    ),
  )
  readReplay.mockResolvedValue(SAME)
  show(false)
  const listed = await screen.findByRole('list', { name: 'Replays' })
  expect(
    within(listed)
      .getAllByRole('listitem')
      .map((one) => one.textContent),
  ).toEqual([expect.stringContaining('different'), expect.stringContaining('identical')])
  expect(screen.queryByRole('button', { name: 'Replay' })).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Show rpl_1' }))
  expect(await screen.findByText(/^Identical/)).toBeDefined()
  await userEvent.click(screen.getByRole('button', { name: 'More replays' }))
  expect(await within(listed).findByRole('button', { name: 'Show rpl_0' })).toBeDefined()
  expect(screen.queryByRole('button', { name: 'More replays' })).toBeNull()
})

it('says when a run was never replayed', async () => {
  show()
  expect(await screen.findByText('Nobody has replayed this run yet.')).toBeDefined()
})

it('shows nothing of an earlier replay beside the refusal of the next', async () => {
  await replay(SAME)
  await screen.findByText(/^Identical/)
  startReplay.mockRejectedValue(new Error('no such version'))
  await userEvent.click(screen.getByRole('button', { name: 'Replay' }))
  expect(await screen.findByRole('alert')).toBeDefined()
  expect(screen.queryByText(/^Identical/)).toBeNull()
})
