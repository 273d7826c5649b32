import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { Canary } from '@/api/registry'
import type { IncidentSummary } from '@/api/types'
import { fakeApi, refusal, renderAt, tagged } from '@/app/testing'
import { CanaryCard } from '@/features/incidents/instances/canary/canary-card'
import { checkShare } from '@/features/incidents/instances/canary/share-dialog'
import { incidentOf, judgement } from '@/features/incidents/instances/canary/words'

const ADMIN = { subject: 'a', tenantId: 'acme', roles: ['Tenant.Admin'] }
const PATH = '/v1/instances/echo-agent/canary'
const CANDIDATE = `ver_${'b'.repeat(32)}`
const NONE: Canary = { agent: 'echo-agent', status: 'none' }
const seen = (versionId: string, runs = 0, failed = 0) => ({
  versionId,
  runs,
  failed,
  blocked: 0,
  failureRate: runs ? failed / runs : 0,
  blockRate: 0,
  p95Ms: 850,
})
const ON: Canary = {
  agent: 'echo-agent',
  status: 'on',
  canaryId: 'can_1',
  percent: 5,
  stable: seen(`ver_${'a'.repeat(32)}`, 40, 1),
  candidate: seen(CANDIDATE, 8, 2),
  verdict: 'as_well',
  startedAt: '2026-01-01T00:00:00Z',
  startedBy: 'usr:aa:a',
  reason: 'to see',
}
const BAD: Canary = {
  ...ON,
  status: 'ended',
  percent: 0,
  verdict: 'error_rate',
  endedAt: '2026-01-01T01:30:00Z',
  endedBy: 'svc:canary',
  reason: 'error_rate',
}
const incident = (incidentId: string, fields: Partial<IncidentSummary> = {}): IncidentSummary => ({
  incidentId,
  kind: 'canary-rolled-back',
  severity: 'S3',
  status: 'open',
  title: 'rolled back',
  about: 'agent:echo-agent',
  agent: 'echo-agent',
  count: 1,
  openedAt: '2026-01-01T01:00:00Z',
  lastEventAt: '2026-01-01T01:30:01Z',
  ...fields,
})

afterEach(() => vi.unstubAllGlobals())

function show(canary: Canary, { may = true, answers = {} } = {}) {
  const sent = fakeApi(ADMIN, { [`GET ${PATH}`]: tagged(canary, '"7"'), ...answers })
  renderAt('/x', '/x', <CanaryCard agent="echo-agent" may={may} />)
  return sent
}

const fill = async (label: RegExp, text: string): Promise<void> => {
  const field = within(screen.getByRole('dialog')).getByLabelText(label)
  await userEvent.clear(field)
  await userEvent.type(field, text)
}
const press = async (name: string): Promise<void> =>
  userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name }))

describe('a canary', () => {
  it('is started with a share and a reason, of what was looked at', async () => {
    const sent = show(NONE, { answers: { [`PUT ${PATH}`]: ON } })
    await userEvent.click(await screen.findByRole('button', { name: 'Start a canary' }))
    await press('Start the canary')
    within(screen.getByRole('dialog')).getByText(/^Say why/)
    await fill(/^Share/, '12.5')
    await fill(/^Reason/, 'to see')
    await press('Start the canary')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    const put = sent.find(({ method }) => method === 'PUT')
    expect([put?.headers['if-match'], put?.body]).toEqual(['"7"', { percent: 12.5, reason: 'to see' }])
  })

  it('shows the refusal where there is no second version', async () => {
    const refused = refusal(409, 'CONFLICT', { detail: 'echo-agent has no second approved version.' })
    show(NONE, { answers: { [`PUT ${PATH}`]: refused } })
    await userEvent.click(await screen.findByRole('button', { name: 'Start a canary' }))
    await fill(/^Reason/, 'to see')
    await press('Start the canary')
    expect((await screen.findByRole('alert')).textContent).toContain('no second approved version')
  })

  it('tells what was seen of both versions, and how to make the candidate the default', async () => {
    show(ON)
    await screen.findByText('5 % of sessions')
    const rows = within(screen.getByRole('table')).getAllByRole('row')
    expect(rows.map((row) => [...row.children].map(({ textContent }) => textContent))).toEqual([
      ['', 'What runs already', 'Candidate'],
      ['Version', '…aaaaaa', '…bbbbbb'],
      ['Runs that ended', '40', '8'],
      ['Failed', '1 (2.5 %)', '2 (25 %)'],
      ['Stopped by guardrails', '0 (0 %)', '0 (0 %)'],
      ['95 % took at most', '850 ms', '850 ms'],
    ])
    screen.getByText(`ambit versions promote ${CANDIDATE} approved`)
  })

  it('keeps its candidate when the share is changed', async () => {
    const sent = show(ON, { answers: { [`PUT ${PATH}`]: ON } })
    await userEvent.click(await screen.findByRole('button', { name: 'Change the share' }))
    expect(screen.queryByLabelText(/^Candidate/)).toBeNull()
    await fill(/^Share/, '25')
    await fill(/^Reason/, 'it does well')
    await press('Change the share')
    await waitFor(() => expect(sent.some(({ method }) => method === 'PUT')).toBe(true))
    const body = sent.find(({ method }) => method === 'PUT')?.body
    expect(body).toEqual({ percent: 25, reason: 'it does well', versionId: CANDIDATE })
  })

  it('is ended, and nothing is when somebody was faster', async () => {
    const sent = show(ON, { answers: { [`DELETE ${PATH}`]: refusal(412, 'PRECONDITION_FAILED') } })
    await userEvent.click(await screen.findByRole('button', { name: 'End the canary' }))
    await press('End the canary')
    expect((await screen.findByRole('alert')).textContent).toContain('somebody else changed it meanwhile')
    expect(sent.find(({ method }) => method === 'DELETE')?.headers['if-match']).toBe('"7"')
    expect(screen.queryByRole('dialog')).toBeNull()
  })

  it('says that it was rolled back by itself and why, and leads to the incident', async () => {
    show(BAD, { answers: { 'GET /v1/incidents': { items: [incident('inc_1')] } } })
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('Rolled back by itself: a larger share of its runs failed.')
    const link = await within(alert).findByRole('link', { name: 'The incident' })
    expect(link.getAttribute('href')).toBe('/incidents/inc_1')
    await screen.findByRole('button', { name: 'Start a canary' })
  })

  it('is shown to those who may not change it, with who may', async () => {
    show(ON, { may: false })
    await screen.findByText('By Tenant.Admin')
    for (const name of ['End the canary', 'Change the share'])
      expect(screen.getByRole<HTMLButtonElement>('button', { name }).disabled).toBe(true)
  })

  it('that is void says so, and can only be ended or begun anew', async () => {
    show({ ...ON, status: 'void' })
    await screen.findByText(/no longer what it was when it began/)
    screen.getByRole('button', { name: 'End the canary' })
    screen.getByRole('button', { name: 'Start a canary' })
  })
})

it.each(['0', '0.001', '100.01', '-5', 'half', '', '1e1'])('takes %o for no share', (percent) =>
  expect(checkShare({ percent, versionId: '', reason: 'why' }).percent).toBeDefined(),
)
it.each(['0.01', '5', '33.33', '100'])('takes %s for a share', (percent) =>
  expect(checkShare({ percent, versionId: '', reason: 'why' })).toEqual({}),
)
it('takes only ids of versions', () => {
  const of = (versionId: string) => checkShare({ percent: '5', versionId, reason: 'why' }).versionId
  expect(of('ver_1')).toBeDefined()
  expect(of(`ver_${'0'.repeat(32)}`)).toBeUndefined()
})

it.each([
  [{ stable: seen('a'), candidate: seen('b') }, /No run has ended/],
  [{ stable: seen('a', 3), candidate: seen('b') }, /No run of the candidate/],
  [{ stable: seen('a', 3), candidate: seen('b', 3) }, /does as well/],
  [{ verdict: 'latency' }, /took much longer/],
] as const)('judges by what was seen: %o', (fields, said) =>
  expect(judgement({ ...ON, ...fields })).toMatch(said),
)

it('finds the incident of this end, not of another’s or an earlier one', () => {
  const [other, earlier] = [
    incident('inc_other', { agent: 'chat' }),
    incident('inc_earlier', { lastEventAt: '2026-01-01T00:10:00Z' }),
  ]
  const kind = incident('inc_kind', { kind: 'halt' })
  expect(incidentOf([other, kind, earlier], BAD)).toBeUndefined()
  expect(incidentOf([other, incident('inc_1'), earlier], BAD)?.incidentId).toBe('inc_1')
})
