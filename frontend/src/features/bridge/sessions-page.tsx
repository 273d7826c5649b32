import type { Session } from '@/api/types'
import { EmptyState } from '@/components/empty-state'
import { Mono } from '@/components/facts'
import { Page } from '@/components/page'
import { ProblemAlert } from '@/components/problem-alert'
import { Time } from '@/components/time'
import { Button, ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useSessions } from '@/features/bridge/queries'

function Row({ session }: { session: Session }) {
  const { agent, sessionId } = session
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3">
      <div className="min-w-0">
        <p className="font-medium">
          {agent}
          <span className="ml-2 font-normal text-ink-soft">
            {session.runs === 1 ? '1 run' : `${session.runs} runs`}
          </span>
        </p>
        <p className="text-ink-soft">
          <Mono>{sessionId}</Mono>
        </p>
      </div>
      <div className="flex items-center gap-4 text-ink-soft">
        <Time at={session.lastRunAt} />
        <ButtonLink
          to={`/agents/${agent}?session=${sessionId}`}
          aria-label={`Continue ${agent} ${sessionId}`}
        >
          Continue
        </ButtonLink>
      </div>
    </li>
  )
}

export function SessionsPage() {
  const sessions = useSessions()
  const found = sessions.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Page title="Sessions" lead="Your conversations with agents. Nobody else sees them.">
      {sessions.isError && <ProblemAlert error={sessions.error} onRetry={() => void sessions.refetch()} />}
      <Card flush>
        {sessions.isPending && <SkeletonRows label="Loading the sessions" />}
        {sessions.isSuccess && found.length === 0 && (
          <EmptyState title="No sessions yet" action={<ButtonLink to="/agents">Choose an agent</ButtonLink>}>
            Each run belongs to a session; run an agent and it appears here, to be continued later.
          </EmptyState>
        )}
        {found.length > 0 && (
          <ul aria-label="Sessions" className="divide-y divide-line">
            {found.map((session) => (
              <Row key={session.sessionId} session={session} />
            ))}
          </ul>
        )}
      </Card>
      {sessions.hasNextPage && (
        <Button onClick={() => void sessions.fetchNextPage()}>Show older sessions</Button>
      )}
    </Page>
  )
}
