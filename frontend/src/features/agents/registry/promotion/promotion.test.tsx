import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'

import type { Gate } from '@/api/registry'
import { type Answers, fakeApi, refusal, renderAt, type Sent } from '@/app/testing'
import { check, dayAfter } from '@/features/agents/registry/promotion/certify-dialog'
import { gateAt, piecesOf } from '@/features/agents/registry/promotion/gates'
import { standingOf } from '@/features/agents/registry/promotion/standing'
import { aCertification, anApproval, anOverride } from '@/features/agents/registry/promotion/testing'
import { aLineage, aNode, aVersion } from '@/features/agents/registry/testing'
import { VersionPage } from '@/features/agents/registry/version-page'
import { subjectOf } from '@/features/bff/person'

const OPERATOR = { subject: 'ops', roles: ['Platform.Operator'] }
const ADMIN = { subject: 'boss', roles: ['Platform.Admin'] }
const CLOSED: Gate[] = [
  {
    gate: 'evaluation',
    holds: true,
    why: 'no suite is required of this agent; on this stage alone that passes',
  },
  { gate: 'approvals', holds: false, why: 'its risk is high: 2 people have to approve this promotion' },
  { gate: 'incidents', holds: false, why: 'open: inc_01, inc_02' },
]

afterEach(() => vi.unstubAllGlobals())

interface Given {
  as?: { subject: string; roles: string[] }
  gates?: Gate[]
  approvals?: object[]
  certifications?: object[]
  overrides?: object[]
  answers?: Answers
}

/** The page of a version that `usr:aa:pusher` has registered. */
function show({
  as = OPERATOR,
  gates = CLOSED,
  approvals = [],
  certifications = [],
  overrides = [],
  answers,
}: Given) {
  const sent = fakeApi(as, {
    'GET /v1/templates/echo-agent/lineage': aLineage({
      items: [aNode('ver_a', undefined, 'approved'), aNode('ver_b', 'ver_a')],
      approvedVersionId: 'ver_a',
    }),
    'GET /v1/versions/ver_b': aVersion({ parent: 'ver_a', createdBy: 'usr:aa:pusher' }),
    'GET /v1/versions/ver_b/gates': { versionId: 'ver_b', approvable: false, gates },
    'GET /v1/versions/ver_b/diff': { versionId: 'ver_b', against: 'ver_a', changes: [] },
    'GET /v1/versions/ver_b/approvals': { items: approvals },
    'GET /v1/versions/ver_b/certifications': { items: certifications },
    'GET /v1/versions/ver_b/break-glass': { items: overrides },
    'GET /v1/evaluation-runs': { items: [] },
    ...answers,
  })
  renderAt('/directory/echo-agent/versions/ver_b', '/directory/:agent/versions/:id', <VersionPage />)
  return sent
}

const button = (name: string): Promise<HTMLButtonElement> => screen.findByRole('button', { name })
const posted = (sent: Sent[]) => sent.filter(({ method }) => method === 'POST')

/** Opens a dialog, says why, and does it. */
async function act(open: string, action: string, typed?: string): Promise<HTMLElement> {
  await userEvent.click(await button(open))
  const dialog = screen.getByRole('dialog')
  await userEvent.type(within(dialog).getByLabelText('Reason'), 'looked at all of it')
  if (typed) await userEvent.type(within(dialog).getByLabelText(/to confirm/), typed)
  await userEvent.click(within(dialog).getByRole('button', { name: action }))
  return dialog
}

it('says of each gate what the API says, what to do about a closed one, and links to incidents', async () => {
  show({})
  const gates = await screen.findByRole('list', { name: 'Gates' })
  const [evaluation, approvals, incidents] = within(gates).getAllByRole('listitem')
  expect(evaluation?.textContent).toContain('Holds')
  expect(evaluation?.textContent).toContain(
    'no suite is required of this agent; on this stage alone that passes',
  )
  expect(approvals?.textContent).toContain('Closed')
  expect(approvals?.textContent).toContain('Ask for an approval; two others decide.')
  if (!incidents) throw new Error('no third gate')
  const links = within(incidents).getAllByRole('link')
  expect(links.map((link) => link.getAttribute('href'))).toEqual([
    '/platform-incidents/inc_01',
    '/platform-incidents/inc_02',
    '/platform-incidents?status=open',
  ])
})

it('names the gate that a pointer is about, and takes a finding apart', () => {
  expect([gateAt('/gates/evaluation'), gateAt('/reason')]).toEqual(['Evaluation', undefined])
  expect(piecesOf('no such')).toEqual([{ text: 'no such' }])
})

it('asks others for an approval, for the place that is chosen', async () => {
  const asked = anApproval({ place: 'second' })
  const sent = show({ answers: { 'POST /v1/versions/ver_b/approvals': asked } })
  await waitFor(async () => expect((await button('Ask for an approval')).disabled).toBe(false))
  await userEvent.click(await button('Ask for an approval'))
  const dialog = screen.getByRole('dialog')
  await userEvent.selectOptions(within(dialog).getByLabelText('Approve it'), 'second')
  await userEvent.type(within(dialog).getByLabelText('Reason'), 'ready')
  await userEvent.click(within(dialog).getByRole('button', { name: 'Ask' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  const [post] = posted(sent)
  expect(post?.body).toEqual({ reason: 'ready', asDefault: false })
  expect(post?.headers['idempotency-key']).toMatch(/-second$/)
})

it('asks nobody where no risk is high', async () => {
  show({ gates: [{ gate: 'approvals', holds: true }] })
  await screen.findByText('No tool’s risk is high: nobody has to approve it.')
  expect((await button('Ask for an approval')).disabled).toBe(true)
})

it('shows who voted, what is missing and how long there is, and takes a vote', async () => {
  const vote = { principalId: 'usr:aa:ben', choice: 'approve', reason: 'good', at: '2026-01-01T01:00:00Z' }
  const sent = show({
    approvals: [anApproval({ votes: [{ ...vote, choice: 'approve' }] })],
    answers: { 'POST /v1/versions/ver_b/approvals/pra_1/decision': anApproval({ status: 'approved' }) },
  })
  const list = await screen.findByRole('list', { name: 'Approvals' })
  expect(list.textContent).toContain('1 of 2 approvals')
  expect(list.textContent).toContain('left')
  expect(within(list).getByRole('list', { name: 'Votes' }).textContent).toContain('Approved by ben')
  await act('Approve', 'Approve')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(posted(sent)[0]?.body).toEqual({ decision: 'approve', reason: 'looked at all of it' })
})

it.each([
  [
    'who asked',
    { subject: 'anna', roles: ['Platform.Operator'] },
    'You asked for it: two others have to decide.',
  ],
  [
    'who registered the version',
    { subject: 'pusher', roles: ['Platform.Operator'] },
    'You registered this version: others have to decide.',
  ],
  ['who has voted', { subject: 'ben', roles: ['Platform.Operator'] }, 'You have decided already.'],
])('lets %s not decide, and says why', async (_, as, why) => {
  const vote = {
    principalId: 'usr:aa:ben',
    choice: 'approve' as const,
    reason: 'good',
    at: '2026-01-01T01:00:00Z',
  }
  show({ as, approvals: [anApproval({ votes: [vote] })] })
  await screen.findByText(why)
  expect((await button('Approve')).disabled).toBe(true)
  expect((await button('Deny')).disabled).toBe(true)
})

it('says of an approval that is over why, and offers nothing', async () => {
  show({ approvals: [anApproval({ status: 'void' })] })
  await screen.findByText('The version was moved since. Ask again.')
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull()
})

it('certifies a version until a day, with a note', async () => {
  const sent = show({ answers: { 'POST /v1/versions/ver_b/certifications': aCertification() } })
  await userEvent.click(await button('Certify it'))
  const dialog = screen.getByRole('dialog')
  await userEvent.selectOptions(within(dialog).getByLabelText('What was looked at'), 'privacy-review')
  const day = dayAfter(30, Date.now())
  const until = within(dialog).getByLabelText('Until')
  await userEvent.clear(until)
  await userEvent.type(until, day)
  await userEvent.type(within(dialog).getByLabelText(/^Note/), 'report 7')
  await userEvent.click(within(dialog).getByRole('button', { name: 'Certify' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(posted(sent)[0]?.body).toEqual({
    kind: 'privacy-review',
    expiresAt: `${day}T00:00:00Z`,
    note: 'report 7',
  })
})

it.each([
  [0, 1, false],
  [1, 0, true],
  [365, 0, true],
  [366, 1, false],
])('takes a day in %i days or not', (days, wrong, fits) => {
  const now = Date.parse('2026-01-01T12:00:00Z')
  const found = check({ kind: 'security-review', expiresAt: dayAfter(days, now), note: '' }, now)
  expect([Object.keys(found).length, found.expiresAt === undefined]).toEqual([wrong, fits])
})

it('lets nobody certify what they registered', async () => {
  show({ as: { subject: 'pusher', roles: ['Platform.Operator'] } })
  await screen.findByText('You registered this version: somebody else has to certify it.')
  expect((await button('Certify it')).disabled).toBe(true)
})

it('revokes a certification with a reason', async () => {
  const sent = show({
    certifications: [aCertification()],
    answers: { 'POST /v1/versions/ver_b/certifications/crt_1/revoke': aCertification({ holds: false }) },
  })
  await act('Revoke the security review', 'Revoke')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(posted(sent)[0]?.body).toEqual({ reason: 'looked at all of it' })
})

it.each([
  [{}, 'holds'],
  [{ holds: false, revokedAt: '2026-01-02T00:00:00Z' }, 'revoked'],
  [{ holds: false, expiresAt: '2026-01-02T00:00:00Z' }, 'expired'],
  [{ holds: false }, 'does not count'],
] as const)('tells how a certification stands: %o', (fields, standing) =>
  expect(standingOf(aCertification(fields), Date.parse('2026-06-01T00:00:00Z'))).toBe(standing),
)

it('shows the glass to an operator, who may not break it', async () => {
  show({ overrides: [anOverride()] })
  await screen.findByText('By Platform.Admin.')
  expect((await button('Break the glass')).disabled).toBe(true)
  await screen.findByText('By another Platform.Admin than who asked.')
  expect((await button('Confirm and promote')).disabled).toBe(true)
})

it('breaks the glass for an administrator who says why and types the agent’s name', async () => {
  const refused = refusal(400, 'INVALID_BODY', {
    title: 'Bad input',
    errors: [{ pointer: '/reason', message: 'at least 10 characters' }],
  })
  let answer: unknown = refused
  const sent = show({ as: ADMIN, answers: { 'POST /v1/versions/ver_b/break-glass': () => answer } })
  await waitFor(async () => expect((await button('Break the glass')).disabled).toBe(false))
  const dialog = await act('Break the glass', 'Ask to go past closed gates', 'echo-agent')
  await within(dialog).findByText('At least 10 characters.')
  within(dialog).getByText(/an alarm sounds at once/i)
  expect(
    within(dialog)
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent),
  ).toContain('Incidents: open: inc_01, inc_02')
  answer = anOverride()
  await userEvent.click(within(dialog).getByRole('button', { name: 'Ask to go past closed gates' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(posted(sent).at(-1)?.body).toEqual({ reason: 'looked at all of it', asDefault: true })
})

it('is loud about a glass that is broken, and lets another administrator confirm it, who asked not', async () => {
  const sent = show({
    as: ADMIN,
    overrides: [anOverride()],
    answers: { 'POST /v1/versions/ver_b/break-glass/bgp_1/confirm': aVersion({ status: 'approved' }) },
  })
  expect((await screen.findByRole('alert')).textContent).toContain('Its pass rate is 50.0%, below 90.0%.')
  await waitFor(async () => expect((await button('Confirm and promote')).disabled).toBe(false))
  await userEvent.click(await button('Confirm and promote'))
  const dialog = screen.getByRole('dialog')
  await userEvent.type(within(dialog).getByLabelText(/to confirm/), 'echo-agent')
  await userEvent.click(within(dialog).getByRole('button', { name: 'Confirm and promote' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(posted(sent)).toHaveLength(1)
})

it('lets nobody confirm what they asked for', async () => {
  show({ as: { subject: 'anna', roles: ['Platform.Admin'] }, overrides: [anOverride()] })
  await screen.findByText('You asked for it: another Platform.Admin confirms.')
  expect((await button('Confirm and promote')).disabled).toBe(true)
})

it.each([
  ['usr:c7ea59f9:platform-admin', 'platform-admin'],
  ['usr:c7ea59f9:a:b', 'a:b'],
  ['svc:canary', 'svc:canary'],
])('calls %s %s', (id, name) => expect(subjectOf(id)).toBe(name))
