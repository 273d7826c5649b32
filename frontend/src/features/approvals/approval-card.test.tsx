import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { forgetToken } from '@/api/token'
import type { Approval } from '@/api/types'
import { ApprovalCard } from '@/features/approvals/approval-card'

const held: Approval = {
  approvalId: 'apr_1',
  kind: 'tool',
  status: 'pending',
  version: 3,
  risk: 'medium',
  agent: 'analyst-agent',
  versionId: 'ver_1',
  runId: 'run_1',
  tool: 'files.write',
  digest: 'd'.repeat(64),
  ruleId: 'ask-autonomy',
  explanation: 'At autonomy tier 0 a call of medium risk asks.',
  requiredRoles: ['Tenant.Developer'],
  quorum: 1,
  approvals: 0,
  startedBy: 'usr:1:ada',
  createdAt: '2026-01-01T00:00:00Z',
  expiresAt: '2126-01-01T01:00:00Z',
  arguments: { id: 9_007_199_254_740_992 }, // what a browser's JSON makes of the number below
  argumentsText: '{\n  "id": 9007199254740993,\n  "name": "\\u202etxt.exe"\n}',
  votes: [],
  mayDecide: true,
}
let sent: [string, RequestInit][] = []

const bodyOf = (init: RequestInit | undefined): unknown => JSON.parse(init?.body as string)

function show(approval: Approval, answer = () => new Response(JSON.stringify(approval))) {
  vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
    if (path === '/bff/token') {
      return Promise.resolve(new Response(JSON.stringify({ accessToken: 't', expiresIn: 300 })))
    }
    if (init.method !== 'POST') return Promise.resolve(new Response(JSON.stringify(approval)))
    sent.push([path, init])
    return Promise.resolve(answer())
  })
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <MemoryRouter>
        <ApprovalCard id="apr_1" />
      </MemoryRouter>
    </QueryClientProvider>,
  )
}

beforeEach(() => {
  forgetToken()
  sent = []
})
afterEach(() => vi.unstubAllGlobals())

it('shows the arguments to the digit and with nothing hidden, as the API wrote them', async () => {
  show(held)
  const frozen = await screen.findByRole('region', { name: 'Frozen arguments of apr_1' })
  expect(frozen.textContent).toBe(held.argumentsText)
  expect(screen.getByText('Medium risk')).toBeTruthy()
})

it('decides by one click, about exactly what was looked at', async () => {
  show(held)
  await userEvent.click(await screen.findByRole('button', { name: 'Approve' }))
  await waitFor(() => expect(sent).toHaveLength(1))
  const [path, init] = sent[0] ?? ['', {}]
  expect(path).toBe('/v1/approvals/apr_1/decision')
  expect(bodyOf(init)).toEqual({
    decision: 'approve',
    reason: 'Approved after looking at the arguments.',
    digest: held.digest,
  })
  expect(new Headers(init.headers).get('if-match')).toBe('"3"')
})

it('denies with the reason that was written', async () => {
  show(held)
  await userEvent.type(await screen.findByLabelText('Reason'), ' not this file ')
  await userEvent.click(screen.getByRole('button', { name: 'Deny' }))
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(bodyOf(sent[0]?.[1])).toMatchObject({ decision: 'deny', reason: 'not this file' })
})

it('asks once more before what is critical', async () => {
  show({ ...held, risk: 'critical', quorum: 2 })
  await userEvent.click(await screen.findByRole('button', { name: 'Approve' }))
  expect(sent).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: 'Approve critical call' }))
  await waitFor(() => expect(sent).toHaveLength(1))
})

it('says why a decision was refused', async () => {
  const problem = { title: 'Decided already', status: 409, detail: 'It is denied; that stands.' }
  const headers = { 'content-type': 'application/problem+json' }
  show(held, () => new Response(JSON.stringify(problem), { status: 409, headers }))
  await userEvent.click(await screen.findByRole('button', { name: 'Approve' }))
  expect((await screen.findByRole('alert')).textContent).toContain('It is denied; that stands.')
})

it('has no buttons for who may not decide, nor for what is over', async () => {
  show({ ...held, mayDecide: false })
  await screen.findByText(/Somebody else has to decide/)
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull()
})

it('counts no time of what is decided', async () => {
  show({ ...held, status: 'expired', mayDecide: false })
  await screen.findByText('Expired')
  expect(screen.queryByText('To decide')).toBeNull()
  expect(screen.queryByRole('button', { name: 'Deny' })).toBeNull()
})
