import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useState } from 'react'
import { RouterProvider } from 'react-router'

import { ApiProblem } from '@/api/problem'
import { makeRouter } from '@/app/router'

const RETRIES = 2

/** Worth another try: no answer, or the server's own trouble. What the caller did wrong stays wrong. */
function worthRetrying(failures: number, error: unknown): boolean {
  if (failures >= RETRIES) return false
  return !(error instanceof ApiProblem) || error.status === 0 || error.status >= 502
}

export function App() {
  const [client] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: worthRetrying, staleTime: 10_000 } } }),
  )
  const [router] = useState(makeRouter)
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  )
}
