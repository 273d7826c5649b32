import { FINAL_STATUSES, type Progress } from '@/api/types'

interface ProgressBarProps {
  status: string
  progress?: Progress | null | undefined
}

/** How far a job is, as far as it says: a bar while it goes on, and what it said last. One that succeeded is there. */
export function ProgressBar({ status, progress }: ProgressBarProps) {
  const over = FINAL_STATUSES.has(status)
  const { percent, message } = progress ?? {}
  if (status === 'succeeded' || (over && percent == null && !message))
    return <span className="text-ink-soft">—</span>
  return (
    <span className="flex items-center gap-2">
      {!over && (
        <progress
          aria-label="Progress"
          max={100}
          className="w-20 shrink-0"
          {...(percent != null && { value: percent })}
        />
      )}
      <span className="tabular-nums">{percent != null && `${Math.floor(percent)} %`}</span>
      {message && <span className="max-w-48 truncate text-ink-soft">{message}</span>}
    </span>
  )
}
