import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { MemoryRouter, Route, Routes } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { forgetToken } from '@/api/token'
import type { Policy } from '@/api/types'
import { PolicyPage } from '@/features/policies/policy-page'

const POLICY: Policy = {
  policyId: 'pol_1',
  name: 'Reads only',
  agent: 'echo-agent',
  version: 3,
  createdBy: 'usr:1:ada',
  createdAt: '2026-01-01T00:00:00Z',
  updatedBy: 'usr:1:ada',
  updatedAt: '2026-01-01T00:00:00Z',
  override: { autonomyTier: 1 },
}
const WIDER = '{\n  "tools": [\n    {"name": "*"}\n  ]\n}'
let sent: [string, RequestInit][] = []

const json = (body: unknown, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers })
const bodyOf = (init: RequestInit | undefined): unknown => JSON.parse(init?.body as string)

/** The page as one of these roles sees it; `answer` is the API's to whatever changes or asks something. */
function show(role: string, answer: () => Response, policy: Policy = POLICY) {
  vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
    const user = { subject: 'u', tenantId: 'acme', roles: [role] }
    if (path === '/bff/session') return Promise.resolve(json({ authenticated: true, user }))
    if (path === '/bff/token') return Promise.resolve(json({ accessToken: 't', expiresIn: 300 }))
    if (init.method === 'PUT' || init.method === 'POST') {
      sent.push([path, init])
      const answered = answer()
      if (init.method === 'PUT' && answered.ok) policy = { ...policy, version: policy.version + 1 }
      return Promise.resolve(answered)
    }
    const version = /version=(\d+)/.exec(path)?.[1]
    const found = version ? { ...policy, version: Number(version), override: { autonomyTier: 0 } } : policy
    return Promise.resolve(json(found, 200, { etag: `"${found.version}"` }))
  })
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <MemoryRouter initialEntries={['/policies/pol_1']}>
        <Routes>
          <Route path="/policies/:id" element={<PolicyPage />} />
        </Routes>
      </MemoryRouter>
    </QueryClientProvider>,
  )
}

const writeOverride = async (text: string) =>
  fireEvent.change(await screen.findByLabelText('Override'), { target: { value: text } })
const press = async (name: string) => userEvent.click(await screen.findByRole('button', { name }))

beforeEach(() => {
  forgetToken()
  sent = []
})
afterEach(() => vi.unstubAllGlobals())

it('puts the next version in force, naming the one that was looked at', async () => {
  show('Tenant.Admin', () => json({ ...POLICY, version: 4 }))
  await writeOverride('{"autonomyTier": 0}')
  const changes = screen.getByRole('region', { name: 'Changes against the version in force' })
  expect(changes.textContent).toContain('-   "autonomyTier": 1+   "autonomyTier": 0')
  await press('Put in force')
  await screen.findByText(/Version 4 is saved/)
  expect(bodyOf(sent[0]?.[1])).toEqual({ override: { autonomyTier: 0 } })
  expect(new Headers(sent[0]?.[1].headers).get('if-match')).toBe('"3"')
})

it('sends nothing that is no override, and says on which line', async () => {
  show('Tenant.Admin', () => json({}))
  await writeOverride('{\n  oops')
  await press('Put in force')
  expect((await screen.findByRole('alert')).textContent).toContain('Line 2')
  expect(sent).toEqual([])
})

it('leads to the line of what the API refused', async () => {
  const errors = [{ pointer: '/override/tools/0/name', message: 'asks for more' }]
  show('Tenant.Admin', () => json({ title: 'Refused', status: 422, errors }, 422))
  await writeOverride(WIDER)
  await press('Put in force')
  await userEvent.click(await screen.findByRole('button', { name: 'Line 3' }))
  const area = screen.getByLabelText<HTMLTextAreaElement>('Override')
  expect(area.value.slice(area.selectionStart, area.selectionEnd)).toBe('    {"name": "*"}')
})

it('keeps the text when somebody else was faster, and says so', async () => {
  show('Tenant.Admin', () => json({ title: 'Stale', status: 412 }, 412))
  await writeOverride('{"autonomyTier": 0}')
  await press('Put in force')
  await screen.findByText(/Somebody else has changed this policy/)
  await press('Compare with the newest version')
  await waitFor(() => expect(screen.queryByText(/Somebody else/)).toBeNull())
  expect(screen.getByLabelText<HTMLTextAreaElement>('Override').value).toBe('{"autonomyTier": 0}')
})

it('asks in shadow beside what stays in force', async () => {
  show('Tenant.Admin', () => json({ ...POLICY, version: 4 }))
  await writeOverride('{"tools": []}')
  await press('Ask in shadow')
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(bodyOf(sent[0]?.[1])).toEqual({ override: { autonomyTier: 1 }, shadow: { tools: [] } })
})

it.each([
  ['Put it in force', { tools: [] }],
  ['End the shadow', { autonomyTier: 1 }],
])('has a button that says: %s', async (button, override) => {
  show('Tenant.Admin', () => json(POLICY), { ...POLICY, shadow: { tools: [] } })
  await screen.findByText('In shadow')
  await press(button)
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(bodyOf(sent[0]?.[1])).toEqual({ override })
})

it('shows what would become of recorded calls', async () => {
  const outcome = { decision: 'ALLOW', ruleId: 'allow-granted', explanation: '' }
  const after = { decision: 'DENY', ruleId: 'deny-not-granted', explanation: 'No grant covers files.write.' }
  const change = {
    runId: 'run_1',
    event: 2,
    tool: 'files.write',
    direction: 'stricter',
    before: outcome,
    after,
  }
  const counts = [{ from: 'ALLOW', to: 'DENY', count: 7 }]
  show('Tenant.Admin', () =>
    json({ runs: 2, total: 9, changed: 7, undecidable: 1, counts, changes: [change] }),
  )
  await writeOverride('{"tools": []}')
  await press('Simulate')
  await screen.findByText('7 would be answered otherwise')
  expect(screen.getByText(/1 cannot be told/)).toBeTruthy()
  expect(screen.getByText(/No grant covers/)).toBeTruthy()
  expect(bodyOf(sent[0]?.[1])).toEqual({ agent: 'echo-agent', override: { tools: [] }, runs: 100 })
})

it('tells whoever may look why a call would be denied, and lets them change nothing', async () => {
  const told = {
    decision: 'DENY',
    riskLevel: 'low',
    requiredApprovals: [],
    ruleId: 'deny-cost',
    policies: [],
  }
  show('Tenant.Viewer', () => json({ ...told, explanation: 'The run has cost 2 USD.' }))
  await userEvent.type(await screen.findByLabelText('Tool'), 'files.read')
  fireEvent.change(screen.getByLabelText('The run has cost (USD)'), { target: { value: '2' } })
  await userEvent.click(screen.getByLabelText('Untrusted text is in the run'))
  await press('Ask why')
  await screen.findByText('The run has cost 2 USD.')
  const context = { tool: 'files.read', params: {}, costUsage: '2', callsSoFar: 0, tainted: true }
  expect(bodyOf(sent[0]?.[1])).toEqual({ policyId: 'pol_1', context })
  expect(screen.queryByRole('button', { name: 'Put in force' })).toBeNull()
})

it('takes an earlier version into the editor', async () => {
  show('Tenant.Admin', () => json(POLICY))
  await userEvent.click(await screen.findByRole('button', { name: 'Take version 2 into the editor' }))
  expect(screen.getByLabelText<HTMLTextAreaElement>('Override').value).toContain('"autonomyTier": 0')
})
