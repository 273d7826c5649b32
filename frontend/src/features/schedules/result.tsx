import { Link } from 'react-router'

import type { Firing } from '@/api/automation'
import { Time } from '@/components/time'
import { Badge, type Tone } from '@/components/ui/badge'
import { sentenceCase } from '@/lib/format'

const TONES: Record<string, Tone> = {
  started: 'good',
  skipped: 'neutral',
  missed: 'warn',
  refused: 'bad',
  stopped: 'bad',
}

interface ResultProps {
  firing: Firing | null | undefined
  /** Without why, for a table. */
  brief?: boolean
}

/** What became of a time, and the run that began. */
export function Result({ firing, brief = false }: ResultProps) {
  if (!firing) return <span className="text-ink-soft">—</span>
  const { at, result, runId, detail } = firing
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1">
      <Time at={at} />
      <Badge tone={TONES[result] ?? 'neutral'}>{sentenceCase(result)}</Badge>
      {runId && (
        <Link to={`/runs/${runId}`} className="text-accent underline underline-offset-2">
          Run<span className="sr-only"> {runId}</span>
        </Link>
      )}
      {!brief && detail && <span className="whitespace-normal text-ink-soft">{detail}</span>}
    </span>
  )
}
