import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'

import { type Answers, fakeApi, refusal, renderAt, type Sent, tagged } from '@/app/testing'
import { EditSchedulePage } from '@/features/schedules/edit-schedule-page'
import { NewSchedulePage } from '@/features/schedules/new-schedule-page'
import { SchedulePage } from '@/features/schedules/schedule-page'
import { SchedulesPage } from '@/features/schedules/schedules-page'
import { aSchedule } from '@/features/schedules/testing'

const DEVELOPER = { subject: 'u-1', tenantId: 'acme', roles: ['Tenant.Developer'] }
const VIEWER = { subject: 'u-9', tenantId: 'acme', roles: ['Tenant.Viewer'] }
const ADMIN = { subject: 'u-2', tenantId: 'acme', roles: ['Tenant.Admin'] }
const BASE: Answers = {
  'GET /v1/agents': { items: [{ name: 'echo-agent', domain: 'general' }] },
  'POST /v1/schedules/preview': { times: ['2026-01-05T03:30:00.000Z'] },
}
const TOO_OFTEN = refusal(422, 'UNPROCESSABLE', {
  errors: [{ pointer: '/expression', message: '15 minutes at least lie between two times in this tier' }],
})

afterEach(() => vi.unstubAllGlobals())

it('lists what runs by itself, with what comes next and what became of the last', async () => {
  fakeApi(DEVELOPER, {
    'GET /v1/schedules': {
      items: [
        aSchedule({ last: { at: '2026-01-01T03:30:00Z', result: 'started', runId: 'run_1' } }),
        aSchedule({ scheduleId: 'sch_2', name: 'once', status: 'finished', nextRuns: [] }),
      ],
    },
  })
  renderAt('/schedules', '/schedules', <SchedulesPage />)
  const row = (await screen.findByRole('rowheader', { name: /morning report/ })).closest('tr') as HTMLElement
  within(row).getByText('Active')
  within(row).getByText('Started')
  expect(within(row).getByRole('link', { name: /Run/ }).getAttribute('href')).toBe('/runs/run_1')
  expect(row.textContent).toContain('09:00')
  screen.getByText('Finished')
})

it('pauses from the list, and is told what the API has against it', async () => {
  const sent = fakeApi(DEVELOPER, {
    'GET /v1/schedules': { items: [aSchedule()] },
    'POST /v1/schedules/sch_1/pause': refusal(409, 'CONFLICT', { detail: 'Not now.' }),
  })
  renderAt('/schedules', '/schedules', <SchedulesPage />)
  await userEvent.click(await screen.findByRole('button', { name: 'Pause morning report' }))
  await screen.findByText('Not now.')
  expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(1)
})

it.each([
  [DEVELOPER, 1],
  [VIEWER, 0],
])('says of an empty list what to do, and offers only what the person may', async (profile, links) => {
  fakeApi(profile, { 'GET /v1/schedules': { items: [] } })
  renderAt('/schedules', '/schedules', <SchedulesPage />)
  await screen.findByText('Nothing is scheduled')
  expect(screen.queryAllByRole('link', { name: 'Create a schedule' }).length > 0).toBe(links === 1)
})

it('shows the next times of what is written, by the API’s reckoning', async () => {
  const sent = fakeApi(DEVELOPER, BASE)
  renderAt('/schedules/new', '/schedules/new', <NewSchedulePage />)
  const zone = await screen.findByLabelText('Time zone')
  await userEvent.clear(zone)
  await userEvent.type(zone, 'Asia/Kolkata')
  await screen.findByText(/09:00/)
  await waitFor(() =>
    expect(sent.filter(({ path }) => path.endsWith('/preview')).at(-1)?.body).toEqual({
      expression: 'cron(0 9 ? * MON-FRI *)',
      timeZone: 'Asia/Kolkata',
    }),
  )
})

it('puts what the API has against an expression at its field, and keeps what was typed', async () => {
  fakeApi(DEVELOPER, { ...BASE, 'POST /v1/schedules/preview': TOO_OFTEN, 'POST /v1/schedules': TOO_OFTEN })
  renderAt('/schedules/new?agent=echo-agent', '/schedules/new', <NewSchedulePage />)
  await userEvent.selectOptions(await screen.findByLabelText('It runs'), 'rate')
  const every = screen.getByLabelText('Every')
  await screen.findByText(/15 minutes at least lie between two times/)
  expect(every.getAttribute('aria-invalid')).toBe('true')
  await userEvent.type(screen.getByLabelText('Name'), 'a')
  await userEvent.type(screen.getByLabelText('Input'), 'b')
  await userEvent.click(screen.getByRole('button', { name: 'Create schedule' }))
  await screen.findByRole('alert')
  expect(document.activeElement).toBe(screen.getByLabelText('Every'))
  expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('a')
})

it('makes what was written, under one key however often it is sent, and goes there', async () => {
  const sent = fakeApi(DEVELOPER, { ...BASE, 'POST /v1/schedules': aSchedule() })
  const router = renderAt('/schedules/new', '/schedules/new', <NewSchedulePage />)
  await userEvent.type(await screen.findByLabelText('Name'), 'hourly')
  await screen.findByRole('option', { name: 'echo-agent' })
  await userEvent.selectOptions(screen.getByLabelText('Agent'), 'echo-agent')
  await userEvent.type(screen.getByLabelText('Input'), 'go')
  await userEvent.selectOptions(screen.getByLabelText('It runs'), 'rate')
  await userEvent.clear(screen.getByLabelText('Every'))
  await userEvent.type(screen.getByLabelText('Every'), '2')
  await userEvent.selectOptions(screen.getByLabelText('While the run before goes on'), 'queue')
  await userEvent.click(screen.getByRole('button', { name: 'Create schedule' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/schedules/sch_1'))
  const post = sent.find(({ path }) => path === '/v1/schedules')
  expect(post?.body).toMatchObject({
    name: 'hourly',
    agent: 'echo-agent',
    input: 'go',
    expression: 'rate(2 hours)',
    overlap: 'queue',
    catchUp: 'skip',
  })
  expect(post?.headers['idempotency-key']).toMatch(/^[\w-]{36}$/)
})

it('keeps what was written for one kind of time when another is looked at', async () => {
  fakeApi(DEVELOPER, BASE)
  renderAt('/schedules/new', '/schedules/new', <NewSchedulePage />)
  const times = await screen.findByLabelText('Times')
  await userEvent.clear(times)
  await userEvent.type(times, '5 5 * * ? *')
  await userEvent.selectOptions(screen.getByLabelText('It runs'), 'at')
  screen.getByLabelText('Moment')
  await userEvent.selectOptions(screen.getByLabelText('It runs'), 'cron')
  expect(screen.getByLabelText<HTMLInputElement>('Times').value).toBe('5 5 * * ? *')
})

it('shows what became of each time, and runs it out of turn', async () => {
  const sent = fakeApi(DEVELOPER, {
    'GET /v1/schedules/sch_1': tagged(
      aSchedule({ history: [{ at: '2026-01-01T03:30:00Z', result: 'refused', detail: 'BUDGET: spent.' }] }),
      '"1"',
    ),
    'POST /v1/schedules/sch_1/run': { scheduleId: 'sch_1', at: '2026-01-01T04:00:00Z' },
  })
  renderAt('/schedules/sch_1', '/schedules/:id', <SchedulePage />)
  await screen.findByText('BUDGET: spent.')
  await userEvent.click(await screen.findByRole('button', { name: 'Run now' }))
  await screen.findByText(/It runs now/)
  expect(sent.some(({ path }) => path.endsWith('/run'))).toBe(true)
})

it('says why the platform stopped one, and lets who made it resume it', async () => {
  fakeApi(DEVELOPER, {
    'GET /v1/schedules/sch_1': tagged(
      aSchedule({ status: 'stopped', stoppedBecause: 'Who made it is no member any more.', nextRuns: [] }),
      '"1"',
    ),
  })
  renderAt('/schedules/sch_1', '/schedules/:id', <SchedulePage />)
  await screen.findByText(/is no member any more/)
  await screen.findByRole('button', { name: 'Resume' })
})

it('deletes after asking', async () => {
  const sent = fakeApi(ADMIN, {
    'GET /v1/schedules/sch_1': tagged(aSchedule(), '"1"'),
    'DELETE /v1/schedules/sch_1': new Response(null, { status: 204 }),
  })
  const router = renderAt('/schedules/sch_1', '/schedules/:id', <SchedulePage />)
  await userEvent.click(await screen.findByRole('button', { name: 'Delete' }))
  expect(sent.some(({ method }) => method === 'DELETE')).toBe(false)
  await userEvent.click(screen.getByRole('button', { name: 'Delete schedule' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/schedules'))
  expect(sent.some(({ method }) => method === 'DELETE')).toBe(true)
})

it('offers a viewer nothing to do with one', async () => {
  fakeApi(VIEWER, { 'GET /v1/schedules/sch_1': tagged(aSchedule(), '"1"') })
  renderAt('/schedules/sch_1', '/schedules/:id', <SchedulePage />)
  await screen.findByRole('heading', { name: 'morning report' })
  expect(screen.queryByRole('button')).toBeNull()
  expect(screen.queryByRole('link', { name: 'Change' })).toBeNull()
})

it('keeps what was typed when somebody changed it meanwhile, and writes over that when asked again', async () => {
  let etag = 1
  const sent = fakeApi(DEVELOPER, {
    ...BASE,
    'GET /v1/schedules/sch_1': () => tagged(aSchedule(), `"${etag}"`),
    'PATCH /v1/schedules/sch_1': ({ headers }: Sent) => {
      if (headers['if-match'] === '"2"') return aSchedule()
      etag = 2
      return refusal(412, 'STALE_VERSION')
    },
  })
  const router = renderAt('/schedules/sch_1/edit', '/schedules/:id/edit', <EditSchedulePage />)
  const name = await screen.findByLabelText<HTMLInputElement>('Name')
  await userEvent.type(name, ' 2')
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  await screen.findByText(/What you wrote is still here/)
  expect(name.value).toBe('morning report 2')
  await waitFor(() =>
    expect(sent.filter(({ path }) => path === '/v1/schedules/sch_1').length).toBeGreaterThan(2),
  )
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/schedules/sch_1'))
  expect(sent.filter(({ method }) => method === 'PATCH').at(-1)?.body).toEqual({ name: 'morning report 2' })
})
