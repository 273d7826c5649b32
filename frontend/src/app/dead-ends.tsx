import { useRouteError } from 'react-router'

import { EmptyState } from '@/components/empty-state'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'

export function NotFoundPage() {
  return (
    <Page title="Page not found">
      <Card>
        <EmptyState
          title="There is no page at this address"
          action={<ButtonLink to="/">Go to the start page</ButtonLink>}
        >
          It may have moved, or the link was cut short.
        </EmptyState>
      </Card>
    </Page>
  )
}

export function CrashPage() {
  const error = useRouteError()
  return (
    <Page title="This page failed">
      <ProblemAlert error={error} onRetry={() => window.location.reload()} />
    </Page>
  )
}
