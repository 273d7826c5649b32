import { useEffect, useState } from 'react'
import { Link } from 'react-router'

import { problemOf } from '@/api/problem'
import { Button } from '@/components/ui/button'

interface ProblemAlertProps {
  error: unknown
  onRetry?: (() => void) | undefined
  /** What a pointer is called where people know it by a name; as it is when left out. */
  nameOf?: ((pointer: string) => string | undefined) | undefined
}

/** Whether trying again can change anything: what the caller got wrong stays wrong. */
const mayHelp = (status: number): boolean => status < 400 || status === 429 || status >= 500

/** A failure as the API explains it: what, why, where in the input, and the id to give to support. */
export function ProblemAlert({ error, onRetry, nameOf }: ProblemAlertProps) {
  const problem = problemOf(error)
  const retry = mayHelp(problem.status) ? onRetry : undefined
  const wait = useCountdown(problem.retryAfterSeconds ?? 0, error)
  return (
    <div
      role="alert"
      className="rounded-lg border border-bad/40 border-l-4 border-l-bad bg-surface p-4 text-sm"
    >
      <p className="font-semibold text-bad">{problem.title}</p>
      {problem.detail && <p className="mt-1">{problem.detail}</p>}
      {problem.errors.length > 0 && (
        <ul className="mt-2 list-disc space-y-0.5 pl-5">
          {problem.errors.map(({ pointer, message }) => (
            <li key={pointer + message}>
              {nameOf?.(pointer) ?? <code className="font-mono text-xs">{pointer || '/'}</code>}: {message}
            </li>
          ))}
        </ul>
      )}
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2 text-xs text-ink-soft">
        {problem.runId && (
          <Link className="font-medium text-accent underline" to={`/runs/${problem.runId}`}>
            Open the run
          </Link>
        )}
        {problem.code && <code className="font-mono">{problem.code}</code>}
        {problem.requestId && (
          <span>
            Request <code className="font-mono break-all">{problem.requestId}</code>
          </span>
        )}
        {retry && (
          <Button onClick={retry} disabled={wait > 0} className="ml-auto">
            {wait > 0 ? `Try again in ${wait} s` : 'Try again'}
          </Button>
        )}
        {!retry && wait > 0 && <span>Try again in {wait} s.</span>}
      </div>
    </div>
  )
}

/** Seconds left, counting down from `seconds` each time `restart` changes. */
function useCountdown(seconds: number, restart: unknown): number {
  const [state, setState] = useState({ restart, left: seconds })
  if (state.restart !== restart) setState({ restart, left: seconds })
  useEffect(() => {
    if (state.left <= 0) return undefined
    const timer = setTimeout(() => setState((now) => ({ ...now, left: now.left - 1 })), 1000)
    return () => clearTimeout(timer)
  }, [state])
  return state.left
}
