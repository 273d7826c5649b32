import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'

import { fakeApi, refusal, renderAt } from '@/app/testing'
import { TenantCanaryCard } from '@/features/agents/registry/promotion/tenant-canary-card'

const OPERATOR = { subject: 'ops', roles: ['Platform.Operator'] }
const PATH = 'POST /v1/tenants/acme/instances/echo-agent/canary'
const TENANTS = { 'GET /v1/tenants': { items: [{ id: 'acme', name: 'Acme' }] } }
const seen = (versionId: string) => ({
  versionId,
  runs: 3,
  failed: 0,
  blocked: 0,
  failureRate: 0,
  blockRate: 0,
  p95Ms: 10,
})

afterEach(() => vi.unstubAllGlobals())

async function fill(percent: string): Promise<void> {
  await screen.findByRole('option', { name: 'Acme (acme)' })
  await userEvent.selectOptions(screen.getByLabelText('Tenant'), 'acme')
  const share = screen.getByLabelText(/^Share/)
  await userEvent.clear(share)
  await userEvent.type(share, percent)
  await userEvent.type(screen.getByLabelText('Reason'), 'a first look')
  await userEvent.click(screen.getByRole('button', { name: 'Set the share' }))
}

function show(answer: unknown) {
  const sent = fakeApi(OPERATOR, { ...TENANTS, [PATH]: answer })
  renderAt('/x', '/x', <TenantCanaryCard agent="echo-agent" versionId="ver_b" />)
  return () => sent.find(({ method }) => method === 'POST')?.body
}

it('sets a tenant’s share and tells what was seen of both versions', async () => {
  const canary = { agent: 'echo-agent', status: 'on', percent: 2.5, verdict: 'as_well' }
  const body = show({ ...canary, stable: seen('ver_a'), candidate: seen('ver_b') })
  await fill('2.5')
  expect((await screen.findByRole('status')).textContent).toBe('acme On2.5 % of sessions')
  screen.getByRole('table', { name: 'What was seen of both versions' })
  expect(body()).toEqual({ percent: 2.5, reason: 'a first look', versionId: 'ver_b' })
})

it('ends a canary with a share of nothing, and tells what the API says where there is none', async () => {
  const body = show(refusal(409, 'CONFLICT', { detail: 'No canary is on.' }))
  await fill('0')
  expect((await screen.findByRole('alert')).textContent).toContain('No canary is on.')
  expect(body()).toEqual({ percent: 0, reason: 'a first look' })
})

it('sends nothing that cannot be', async () => {
  const body = show(undefined)
  await userEvent.click(await screen.findByRole('button', { name: 'Set the share' }))
  screen.getByText('Choose a tenant.')
  screen.getByText(/^Say why/)
  expect(body()).toBeUndefined()
})
