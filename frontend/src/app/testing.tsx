import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { vi } from 'vitest'

import { forgetToken } from '@/api/token'
import type { Profile } from '@/api/types'

export interface Sent {
  method: string
  path: string
  body: unknown
  headers: Record<string, string>
}

/** What the API answers to `METHOD path`, the query left out; a function may look at what was sent. */
export type Answers = Record<string, unknown>

const known = (profile: Profile): Answers => ({
  'GET /bff/session': { authenticated: true, user: profile },
  'POST /bff/token': { accessToken: 't', expiresIn: 300 },
})

/** A refusal of the API (RFC 9457). */
export const refusal = (status: number, code: string, more: object = {}): Response =>
  new Response(JSON.stringify({ title: code, status, code, ...more }), { status })

/** An answer with the version to name when the thing is changed. */
export const tagged = (body: unknown, etag: string): Response =>
  new Response(JSON.stringify(body), { headers: { etag } })

/** Puts these answers in the API's place; returns what the page sends, in order. Unknown routes are 404. */
export function fakeApi(profile: Profile, answers: Answers): Sent[] {
  forgetToken()
  const sent: Sent[] = []
  const all = { ...known(profile), ...answers }
  vi.stubGlobal('fetch', (address: string, init: RequestInit = {}) => {
    const method = init.method ?? 'GET'
    const [path = ''] = address.split('?')
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as unknown) : undefined
    const one = { method, path: address, body, headers: (init.headers ?? {}) as Record<string, string> }
    if (!path.startsWith('/bff/')) sent.push(one)
    const answer = all[`${method} ${path}`]
    const made = typeof answer === 'function' ? (answer as (sent: Sent) => unknown)(one) : answer
    if (made === undefined) return Promise.resolve(refusal(404, 'NOT_FOUND'))
    return Promise.resolve(made instanceof Response ? made.clone() : new Response(JSON.stringify(made)))
  })
  return sent
}

/** Shows an element at an address, as the route of this pattern. */
export function renderAt(address: string, path: string, element: ReactNode) {
  const router = createMemoryRouter(
    [
      { path, element },
      { path: '*', element: <p>elsewhere</p> },
    ],
    {
      initialEntries: [address],
    },
  )
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  )
  return router
}
