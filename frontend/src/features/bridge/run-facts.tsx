import type { Run } from '@/api/types'
import { Facts, Mono } from '@/components/facts'
import { Time } from '@/components/time'
import { formatDuration, formatMoney, formatNumber } from '@/lib/format'

/** What a run used and what it cost. */
export function RunFacts({ run, terse = false }: { run: Run; terse?: boolean }) {
  const { usage, cost } = run
  return (
    <Facts
      facts={[
        ['Duration', usage && formatDuration(usage.durationMs)],
        ['Cost', cost && formatMoney(cost)],
        ['Tool calls', usage && formatNumber(usage.toolCalls)],
        ['Tokens in', usage && formatNumber(usage.inputTokens)],
        ['Tokens out', usage && formatNumber(usage.outputTokens)],
        ['Session', run.sessionId && <Mono key="session">{run.sessionId}</Mono>],
        ...(terse
          ? []
          : ([
              ['Version', run.version && <Mono key="version">{run.version}</Mono>],
              ['Job', run.jobId && <Mono key="job">{run.jobId}</Mono>],
              ['Created', run.createdAt && <Time key="created" at={run.createdAt} />],
              ['Finished', run.finishedAt && <Time key="finished" at={run.finishedAt} />],
            ] as [string, React.ReactNode][])),
      ]}
    />
  )
}
