import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'

import type { Instance } from '@/api/registry'
import { fakeApi, refusal, renderAt, tagged } from '@/app/testing'
import { InstancePage } from '@/features/incidents/instances/instance-page'
import { InstancesPage, TenantsInstancesPage } from '@/features/incidents/instances/instances-page'
import { offered } from '@/features/incidents/instances/moves'

const ADMIN = { subject: 'a', tenantId: 'acme', roles: ['Tenant.Admin'] }
const VIEWER = { subject: 'v', tenantId: 'acme', roles: ['Tenant.Viewer'] }
const instance = (agent: string, fields: Partial<Instance> = {}): Instance => ({
  agent,
  status: 'active',
  transitions: ['read_only', 'draining', 'paused', 'quarantined'],
  ...fields,
})
const ITEMS = [
  instance('echo-agent'),
  instance('chat', { status: 'paused', reason: 'too slow', transitions: ['active'] }),
]
const OUTCOME = {
  done: 1,
  failed: 1,
  items: [
    { agent: 'echo-agent', done: true, status: 'quarantined', ended: 2 },
    { agent: 'chat', done: false, code: 'CONFLICT', detail: 'An instance that is paused cannot become so.' },
  ],
}

afterEach(() => vi.unstubAllGlobals())

async function give(reason: string, action: string): Promise<void> {
  const dialog = screen.getByRole('dialog')
  await userEvent.type(within(dialog).getByLabelText('Reason'), reason)
  await userEvent.click(within(dialog).getByRole('button', { name: action }))
}

async function quarantineBoth(): Promise<void> {
  for (const agent of ['echo-agent', 'chat'])
    await userEvent.click(await screen.findByLabelText(`Choose ${agent}`))
  await userEvent.click(screen.getByRole('button', { name: 'Quarantine' }))
  await give('they leak', 'Quarantine')
}

it('says what became of each of several', async () => {
  const sent = fakeApi(ADMIN, { 'GET /v1/instances': { items: ITEMS }, 'POST /v1/instances/bulk': OUTCOME })
  renderAt('/instances', '/instances', <InstancesPage />)
  await quarantineBoth()
  await screen.findByText('1 agent changed, 1 refused, 2 runs ended.')
  const rows = within(screen.getByRole('list', { name: 'What became of each' })).getAllByRole('listitem')
  expect(rows.map((row) => row.textContent)).toEqual([
    '✓Changedecho-agentQuarantined',
    '✕RefusedchatAn instance that is paused cannot become so.CONFLICT',
  ])
  expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({
    agents: ['echo-agent', 'chat'],
    status: 'quarantined',
    reason: 'they leak',
  })
})

it('changes a tenant’s by the operators’ route', async () => {
  const sent = fakeApi(
    { subject: 'o', roles: ['Platform.Operator'] },
    { 'GET /v1/tenants/acme/instances': { items: ITEMS }, 'POST /v1/tenants/acme/instances/bulk': OUTCOME },
  )
  renderAt('/tenants/acme/instances', '/tenants/:id/instances', <TenantsInstancesPage />)
  await quarantineBoth()
  await screen.findByText(/1 agent changed, 1 refused/)
  expect(sent.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([
    '/v1/tenants/acme/instances/bulk',
  ])
})

it('lets those look who may not change anything', async () => {
  fakeApi(VIEWER, { 'GET /v1/instances': { items: ITEMS } })
  renderAt('/instances', '/instances', <InstancesPage />)
  await screen.findByRole('link', { name: 'echo-agent' })
  expect(screen.queryByRole('checkbox')).toBeNull()
  expect(screen.queryByRole('button', { name: 'Quarantine' })).toBeNull()
})

it('shows what may become of an instance to those who may not make it, and who may', async () => {
  fakeApi(VIEWER, {
    'GET /v1/instances/echo-agent': tagged(instance('echo-agent'), '"1"'),
    'GET /v1/instances/echo-agent/canary': tagged({ agent: 'echo-agent', status: 'none' }, '"1"'),
  })
  renderAt('/instances/echo-agent', '/instances/:agent', <InstancePage />)
  const button = await screen.findByRole<HTMLButtonElement>('button', { name: 'Quarantine' })
  expect(button.disabled).toBe(true)
  expect((await screen.findByRole<HTMLButtonElement>('button', { name: 'Start a canary' })).disabled).toBe(
    true,
  )
  expect(screen.getAllByText('By Tenant.Admin')).toHaveLength(2)
})

it('does not change what the filter hides', async () => {
  fakeApi(ADMIN, { 'GET /v1/instances': { items: ITEMS } })
  renderAt('/instances', '/instances', <InstancesPage />)
  await userEvent.click(await screen.findByLabelText('Choose echo-agent'))
  screen.getByText('1 agent chosen')
  await userEvent.selectOptions(screen.getByLabelText('Status'), 'paused')
  screen.getByText('None chosen')
  await userEvent.click(screen.getByRole('button', { name: 'Choose all' }))
  screen.getByText('1 agent chosen')
})

it('names the version that was looked at, and tells when somebody else was faster', async () => {
  let etag = '"1"'
  const sent = fakeApi(ADMIN, {
    'GET /v1/instances/echo-agent': () =>
      tagged(instance('echo-agent', etag === '"1"' ? {} : { status: 'halted' }), etag),
    'GET /v1/instances/echo-agent/canary': tagged({ agent: 'echo-agent', status: 'none' }, etag),
    'PATCH /v1/instances/echo-agent': () => {
      etag = '"2"'
      return refusal(412, 'PRECONDITION_FAILED')
    },
  })
  renderAt('/instances/echo-agent', '/instances/:agent', <InstancePage />)
  await userEvent.click(await screen.findByRole('button', { name: 'Pause' }))
  await give('too slow', 'Pause')
  expect((await screen.findByRole('alert')).textContent).toContain('somebody else changed it meanwhile')
  await waitFor(() => expect(screen.getByText('Halted')).toBeDefined())
  expect(screen.queryByRole('dialog')).toBeNull()
  const patch = sent.find(({ method }) => method === 'PATCH')
  expect([patch?.headers['if-match'], patch?.body]).toEqual(['"1"', { status: 'paused', reason: 'too slow' }])
})

it('offers what the API does, in the page’s order', () => {
  expect(offered(['quarantined', 'active', 'something-new'])).toEqual(['active', 'quarantined'])
})
