import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { forgetToken } from '@/api/token'
import type { TenantRecord } from '@/api/types'
import { DeleteCard } from '@/features/tenants/delete-card'

const tenant: TenantRecord = {
  id: 'acme-2',
  name: 'Acme 2',
  tier: 'basic',
  status: 'active',
  residency: 'eu-central-1',
  monthlyBudget: { amount: '1', currency: 'USD' },
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
}
let deleted: [string, RequestInit][] = []

beforeEach(() => {
  forgetToken()
  deleted = []
  vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
    if (path === '/bff/token') {
      return Promise.resolve(new Response(JSON.stringify({ accessToken: 't', expiresIn: 300 })))
    }
    if (init.method === 'DELETE') deleted.push([path, init])
    return Promise.resolve(new Response(JSON.stringify(tenant), { headers: { etag: '"7"' } }))
  })
  render(
    <QueryClientProvider client={new QueryClient()}>
      <DeleteCard tenant={tenant} />
    </QueryClientProvider>,
  )
})
afterEach(() => vi.unstubAllGlobals())

it('is not deleted before its id is typed', async () => {
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }))
  await userEvent.type(screen.getByLabelText('Type “acme-2” to confirm'), 'acme')
  await userEvent.click(screen.getByRole('button', { name: 'Delete for good' }))
  expect(deleted).toEqual([])
})

it('is deleted by its id, in the version that is there', async () => {
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }))
  await userEvent.type(screen.getByLabelText('Type “acme-2” to confirm'), 'acme-2')
  await userEvent.click(screen.getByRole('button', { name: 'Delete for good' }))
  await waitFor(() => expect(deleted).toHaveLength(1))
  const [path, init] = deleted[0] ?? ['', {}]
  expect(path).toBe('/v1/tenants/acme-2')
  expect(init.body).toBe('{"confirm":"acme-2"}')
  expect(new Headers(init.headers).get('if-match')).toBe('"7"')
})
