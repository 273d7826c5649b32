import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'

import { type Answers, fakeApi, refusal, renderAt } from '@/app/testing'
import { aLineage, aNode, aVersion } from '@/features/agents/registry/testing'
import { VersionPage } from '@/features/agents/registry/version-page'

const OPERATOR = { subject: 'ops', roles: ['Platform.Operator'] }
const LINEAGE = aLineage({
  items: [aNode('ver_a', undefined, 'approved'), aNode('ver_b', 'ver_a')],
  approvedVersionId: 'ver_a',
})
const GATES = {
  versionId: 'ver_b',
  approvable: false,
  gates: [
    { gate: 'evaluation', holds: false, why: 'echo-basics has not passed' },
    { gate: 'policy', holds: true },
  ],
}

function show(answers: Answers = {}) {
  const sent = fakeApi(OPERATOR, {
    'GET /v1/templates/echo-agent/lineage': LINEAGE,
    'GET /v1/versions/ver_b': aVersion({ parent: 'ver_a' }),
    'GET /v1/versions/ver_b/gates': GATES,
    'GET /v1/versions/ver_b/diff': {
      versionId: 'ver_b',
      against: 'ver_a',
      changes: [{ pointer: '/prompts/system', before: 'Be an echo.', after: 'Be a kind echo.' }],
    },
    'GET /v1/versions/ver_b/approvals': { items: [] },
    'GET /v1/versions/ver_b/certifications': { items: [] },
    'GET /v1/versions/ver_b/break-glass': { items: [] },
    'GET /v1/evaluation-runs': { items: [] },
    ...answers,
  })
  renderAt('/directory/echo-agent/versions/ver_b', '/directory/:agent/versions/:id', <VersionPage />)
  return sent
}

afterEach(() => vi.unstubAllGlobals())

async function decide(button: string): Promise<HTMLElement> {
  await userEvent.click(await screen.findByRole('button', { name: button }))
  const dialog = screen.getByRole('dialog')
  await userEvent.type(within(dialog).getByLabelText('Reason'), 'it is better')
  await userEvent.click(within(dialog).getByRole('button', { name: button }))
  return dialog
}

it('shows each gate with its finding, and a refusal with every gate that does not hold', async () => {
  const refused = refusal(409, 'PROMOTION_REFUSED', {
    title: 'Gates do not hold',
    errors: [
      { pointer: '/gates/evaluation', message: 'echo-basics has not passed' },
      { pointer: '/gates/approvals', message: 'nobody has approved it' },
    ],
  })
  const sent = show({ 'POST /v1/versions/ver_b/promote': refused })
  await screen.findByText('1 of 2 gates does not hold: an approval is refused.')
  screen.getByText('echo-basics has not passed')
  const dialog = await decide('Approve as the default')
  const alert = await within(dialog).findByRole('alert')
  expect(
    within(alert)
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent),
  ).toEqual(['Evaluation: echo-basics has not passed', 'Approvals: nobody has approved it'])
  const [post] = sent.filter(({ method }) => method === 'POST')
  expect(post?.body).toEqual({ to: 'approved', asDefault: true, reason: 'it is better' })
})

it('approves beside the default when that is chosen', async () => {
  const sent = show({ 'POST /v1/versions/ver_b/promote': aVersion({ status: 'approved' }) })
  await decide('Approve beside the default')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent.find(({ method }) => method === 'POST')?.body).toMatchObject({ asDefault: false })
})

it('draws where the version stands and where it may go', async () => {
  show()
  const picture = await screen.findByRole('img', {
    name: /The version is candidate. It may become approved, quarantined/,
  })
  expect(picture.querySelector('[data-current="true"]')?.getAttribute('data-state')).toBe('candidate')
})

it('shows a move that is not the person’s to make, and with which role it is', async () => {
  const quarantined = aLineage({ items: [aNode('ver_b', undefined, 'quarantined')] })
  show({
    'GET /v1/templates/echo-agent/lineage': quarantined,
    'GET /v1/versions/ver_b': aVersion({ status: 'quarantined' }),
  })
  const button = await screen.findByRole<HTMLButtonElement>('button', { name: 'Make it a candidate' })
  screen.getByText('By Platform.Admin')
  const retire = screen.getByRole<HTMLButtonElement>('button', { name: 'Retire' })
  await waitFor(() => expect(retire.disabled).toBe(false)) // once it is known who looks
  expect(button.disabled).toBe(true)
})

it('tells what changed, line by line, and against which version is asked', async () => {
  const sent = show()
  const change = await screen.findByRole('region', { name: 'Prompts: system' })
  expect(change.textContent).toContain('- Be an echo.')
  expect(change.textContent).toContain('+ Be a kind echo.')
  await userEvent.selectOptions(screen.getByLabelText('Compared with'), 'ver_a')
  await waitFor(() => expect(sent.some(({ path }) => path.endsWith('/diff?against=ver_a'))).toBe(true))
})

it('shows nothing of a version whose record does not hold, and how to get rid of it', async () => {
  const sent = show({
    'GET /v1/versions/ver_b': refusal(409, 'VERSION_TAMPERED', {
      title: 'The version does not hold',
    }),
    'GET /v1/templates/echo-agent/lineage': { ...LINEAGE, approvedVersionId: 'ver_b' },
    'POST /v1/versions/ver_b/rollback': {
      agent: 'echo-agent',
      rolledBack: 'ver_b',
      approvedVersionId: 'ver_a',
    },
  })
  await screen.findByRole('heading', { name: 'This version is refused' })
  expect(screen.queryByRole('heading', { name: 'Promotion' })).toBeNull()
  expect(sent.some(({ path }) => path.endsWith('/gates'))).toBe(false)
  await decide('Roll back')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({ reason: 'it is better' })
})

it('quarantines such a version when tenants do not run it', async () => {
  const sent = show({
    'GET /v1/versions/ver_b': refusal(409, 'VERSION_TAMPERED'),
    'POST /v1/versions/ver_b/promote': aVersion({ status: 'quarantined' }),
  })
  await decide('Quarantine')
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
    to: 'quarantined',
    reason: 'it is better',
  })
})
