import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { forgetToken } from '@/api/token'
import type { Operation } from '@/api/types'
import { OperationCard } from '@/features/tenants/operation-card'
import { saveFile } from '@/lib/save-file'

vi.mock('@/lib/save-file')

const ended: Operation = {
  operationId: 'opn_1',
  kind: 'tenant.delete',
  status: 'succeeded',
  progress: 100,
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:01Z',
}

function show(operation: Operation) {
  vi.stubGlobal('fetch', (path: string) =>
    Promise.resolve(
      new Response(JSON.stringify(path === '/bff/token' ? { accessToken: 't', expiresIn: 300 } : operation)),
    ),
  )
  render(
    <QueryClientProvider client={new QueryClient()}>
      <OperationCard id="opn_1" />
    </QueryClientProvider>,
  )
}

beforeEach(() => forgetToken())
afterEach(() => vi.unstubAllGlobals())

it('hands out the certificate that a deletion ended in', async () => {
  const certificate = { schema: 'ambit-deletion/1', sweep: { found: 0 } }
  show({ ...ended, certificate })
  await screen.findByRole('heading', { name: 'Deletion' })
  await userEvent.click(screen.getByRole('button', { name: 'Save the certificate' }))
  const [name, parts, type] = vi.mocked(saveFile).mock.lastCall ?? []
  expect([name, type]).toEqual(['certificate-opn_1.json', 'application/json'])
  expect(parts).toEqual([JSON.stringify(certificate, null, 2)])
})

it('has none to hand out while a deletion goes on', async () => {
  show({ ...ended, status: 'running', progress: 40 })
  await screen.findByText('40 %')
  expect(screen.queryByRole('button', { name: 'Save the certificate' })).toBeNull()
})
