import type { ReactNode } from 'react'
import { Navigate, useLocation } from 'react-router'

import { ProblemAlert } from '@/components/problem-alert'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useSession } from '@/features/bff/session'

/** Pages for signed-in people. When a session ends, what was open is where the next sign-in returns to. */
export function RequireSession({ children }: { children: ReactNode }) {
  const session = useSession()
  const { pathname, search } = useLocation()
  if (session.isPending) return <SkeletonRows label="Checking your session" />
  if (session.isError) {
    return (
      <div className="mx-auto max-w-xl p-6">
        <ProblemAlert error={session.error} onRetry={() => void session.refetch()} />
      </div>
    )
  }
  if (!session.data.authenticated) {
    return (
      <Navigate to={`/sign-in?${new URLSearchParams({ returnTo: pathname + search }).toString()}`} replace />
    )
  }
  return children
}
