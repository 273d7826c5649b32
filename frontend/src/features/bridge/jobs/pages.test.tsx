import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'

import type { Job, JobSummary, Profile } from '@/api/types'
import { type Answers, fakeApi, refusal, renderAt } from '@/app/testing'
import { JobPage } from '@/features/bridge/jobs/job-page'
import { JobsPage } from '@/features/bridge/jobs/jobs-page'

const DEVELOPER: Profile = { subject: 'u-1', tenantId: 'acme', roles: ['Tenant.Developer'] }
const VIEWER: Profile = { ...DEVELOPER, roles: ['Tenant.Viewer'] }

const standing = {
  jobId: 'job_1',
  runId: 'run_1',
  agent: 'echo-async',
  status: 'running',
  createdAt: '2026-01-01T00:00:00Z',
  progress: { percent: 40.6666666666667, message: 'reading' },
} as const
const summary: JobSummary = {
  ...standing,
  version: 'ver_1',
  sessionId: 'ses_1',
  cost: { amount: '0.000020', currency: 'USD' },
}
const done: JobSummary = {
  ...summary,
  jobId: 'job_2',
  status: 'succeeded',
  progress: { percent: 66.6666666666667, message: 'step 2 of 3' },
}

function list(profile: Profile, answers: Answers = {}, address = '/jobs') {
  const sent = fakeApi(profile, {
    'GET /v1/jobs': { items: [summary, done], nextCursor: null },
    'GET /v1/agents': { items: [], nextCursor: null },
    ...answers,
  })
  renderAt(address, '/jobs', <JobsPage />)
  return sent
}

function one(job: Job, answers: Answers = {}, profile = DEVELOPER) {
  const sent = fakeApi(profile, { 'GET /v1/jobs/job_1': job, ...answers })
  return { sent, router: renderAt('/jobs/job_1', '/jobs/:id', <JobPage />) }
}

it('lists jobs with how far they are, narrowed as the address says', async () => {
  const sent = list(DEVELOPER, {}, '/jobs?status=running&agent=echo-async&period=24h')
  expect(await screen.findByText('40 %')).toBeTruthy()
  expect(screen.getByRole('progressbar').getAttribute('value')).toBe('40.6666666666667')
  expect(screen.queryByText('step 2 of 3')).toBeNull()
  const asked = new URLSearchParams(sent.find(({ path }) => path.startsWith('/v1/jobs'))?.path.split('?')[1])
  expect([asked.get('status'), asked.get('agent')]).toEqual(['running', 'echo-async'])
  expect(Date.parse(asked.get('from') ?? '')).toBeLessThan(Date.now() - 86_000_000)
})

it('cancels the chosen jobs and says what could not be', async () => {
  const refused = { jobId: 'job_1', done: false, code: 'CONFLICT', detail: 'It has ended already.' }
  const sent = list(DEVELOPER, { 'POST /v1/jobs/cancel': { done: 0, failed: 1, items: [refused] } })
  await userEvent.click(await screen.findByRole('checkbox', { name: 'Choose job_1' }))
  expect(screen.getByRole('checkbox', { name: 'Choose job_2' })).toHaveProperty('disabled', true)
  await userEvent.click(screen.getByRole('button', { name: 'Cancel chosen (1)' }))
  expect(await screen.findByText(/It has ended already/)).toBeTruthy()
  expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({ jobIds: ['job_1'] })
})

it('offers a viewer neither choosing nor cancelling', async () => {
  list(VIEWER)
  await screen.findByText('40 %')
  expect(screen.queryByRole('checkbox')).toBeNull()
  expect(screen.queryByRole('button', { name: /Cancel/ })).toBeNull()
})

it('cancels one job', async () => {
  const gone = { jobId: 'job_1', done: true, status: 'cancelled' }
  const { sent } = one(standing, { 'POST /v1/jobs/cancel': { done: 1, failed: 0, items: [gone] } })
  await userEvent.click(await screen.findByRole('button', { name: 'Cancel job' }))
  await waitFor(() => expect(sent.some(({ path }) => path === '/v1/jobs/cancel')).toBe(true))
  expect(screen.queryByRole('button', { name: 'Requeue' })).toBeNull()
})

it.each([
  ['Requeue', 'checkpoint'],
  ['Requeue from the start', 'start'],
])('%s asks for the job from %s and goes to the new one', async (name, from) => {
  const failed: Job = { ...standing, status: 'failed', error: { code: 'X', message: 'no luck' } }
  const { sent, router } = one(failed, { 'POST /v1/jobs/job_1/requeue': { ...standing, jobId: 'job_9' } })
  await userEvent.click(await screen.findByRole('button', { name }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/jobs/job_9'))
  const asked = sent.find(({ method }) => method === 'POST')
  expect(asked?.body).toEqual({ from })
  expect(asked?.headers['idempotency-key']).toBeTruthy()
})

it('says why a job cannot be requeued', async () => {
  const failed: Job = { ...standing, status: 'failed' }
  one(failed, {
    'POST /v1/jobs/job_1/requeue': () => refusal(409, 'EFFECTS_UNKNOWN', { detail: 'Too many calls.' }),
  })
  await userEvent.click(await screen.findByRole('button', { name: 'Requeue' }))
  expect(await screen.findByText(/Too many calls/)).toBeTruthy()
})

it('leads on to the job that took over instead of offering it again', async () => {
  one({ ...standing, status: 'failed', requeuedAs: 'job_9' })
  expect((await screen.findByRole('link', { name: 'job_9' })).getAttribute('href')).toBe('/jobs/job_9')
  expect(screen.queryByRole('button', { name: 'Requeue' })).toBeNull()
})

it('links a large result and shows none that is not there', async () => {
  one({
    ...standing,
    status: 'succeeded',
    result: { runId: 'run_1', agent: 'a', mode: 'async', status: 'succeeded', outputOmitted: true },
    resultUrl: 'https://bucket.test/result.json?X-Amz-Expires=900',
    resultUrlExpiresAt: '2026-01-01T00:15:00Z',
  })
  const link = await screen.findByRole('link', { name: 'Download the result' })
  expect(link.getAttribute('href')).toBe('https://bucket.test/result.json?X-Amz-Expires=900')
})
