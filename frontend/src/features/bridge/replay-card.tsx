import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import { itemsOf } from '@/api/pages'
import type { Replay, ReplayedCall, ReplaySummary, Run } from '@/api/types'
import { Mono } from '@/components/facts'
import { ProblemAlert } from '@/components/problem-alert'
import { ShortId } from '@/components/short-id'
import { Time } from '@/components/time'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { Field, Input } from '@/components/ui/field'
import { SkeletonRows } from '@/components/ui/skeleton'
import { readReplay, replaysChanged, startReplay, useReplays } from '@/features/bridge/queries'

const LOOK_EVERY_MS = 1000
const TONES: Record<ReplayedCall['result'], Tone> = {
  same: 'good',
  diverged: 'bad',
  moved: 'warn',
  missing: 'bad',
  added: 'warn',
}

interface CardProps {
  run: Run
  mayReplay: boolean
}

/** Runs the agent of a recorded run again, answered from the record, shows what it did else, and what earlier replays
 * found. */
export function ReplayCard({ run: { runId, version }, mayReplay }: CardProps) {
  const client = useQueryClient()
  const [chosen, setChosen] = useState('')
  const begun = useMutation({
    mutationFn: (asked: Asked) => startReplay(runId, asked),
    onMutate: () => setChosen(''), // what was found before must not be read as this one's answer
    onSuccess: (made) => {
      if (made.status !== 'running') client.setQueryData(keyOf(made), made)
      setChosen(made.replayId)
    },
    onSettled: () => replaysChanged(client, runId),
  })
  const looked = useQuery({
    queryKey: keyOf({ runId, replayId: chosen }),
    queryFn: ({ signal }) => readReplay(runId, chosen, signal),
    enabled: chosen !== '',
    staleTime: Infinity,
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? LOOK_EVERY_MS : false),
  })
  const replay = looked.data
  const ended = replay && replay.status !== 'running'
  useEffect(() => {
    if (ended) void replaysChanged(client, runId)
  }, [ended, client, runId])
  const busy = begun.isPending || looked.isLoading || replay?.status === 'running'
  return (
    <Card title="Replay" labelledBy="replay">
      {mayReplay && <Ask own={version} busy={busy} onAsk={(asked) => begun.mutate(asked)} />}
      <div className="empty:hidden space-y-3 pt-3">
        {begun.isError && <ProblemAlert error={begun.error} />}
        {looked.isError && <ProblemAlert error={looked.error} onRetry={() => void looked.refetch()} />}
      </div>
      <div role="status" className="pt-2 text-sm">
        {ended && <Verdict replay={replay} />}
      </div>
      {replay?.status === 'finished' && <Found replay={replay} />}
      <Earlier
        runId={runId}
        chosen={chosen}
        onChoose={(replayId) => {
          begun.reset()
          setChosen(replayId)
        }}
      />
    </Card>
  )
}

const keyOf = ({ runId, replayId }: Pick<Replay, 'runId' | 'replayId'>) => ['replay', runId, replayId]

interface Asked {
  version?: string
  onDivergence: 'stop' | 'continue'
}

interface AskProps {
  own: string | null | undefined
  busy: boolean
  onAsk: (asked: Asked) => void
}

function Ask({ own, busy, onAsk }: AskProps) {
  const [version, setVersion] = useState('')
  const [goOn, setGoOn] = useState(false)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onAsk({ ...(version && { version }), onDivergence: goOn ? 'continue' : 'stop' })
      }}
    >
      <p className="text-sm text-ink-soft">
        The agent runs again on what it was told then. Nothing is called and nothing is spent.
      </p>
      <div className="grid items-start gap-x-6 gap-y-3 py-3 sm:grid-cols-2">
        <Field label="Version" hint="Another version shows what its code does else; empty: the run's own.">
          {(props) => (
            <Input
              {...props}
              name="version"
              autoComplete="off"
              placeholder={own ?? undefined}
              value={version}
              onChange={(event) => setVersion(event.target.value.trim())}
            />
          )}
        </Field>
        <label className="flex items-center gap-2 text-sm sm:pt-8">
          <input
            type="checkbox"
            name="go-on"
            checked={goOn}
            onChange={(event) => setGoOn(event.target.checked)}
            className="size-4 accent-accent"
          />
          Go on after a call that differs, with the recorded answer
        </label>
      </div>
      <Button type="submit" disabled={busy}>
        {busy ? 'Replaying…' : 'Replay'}
      </Button>
    </form>
  )
}

interface EarlierProps {
  runId: string
  chosen: string
  onChoose: (replayId: string) => void
}

/** Every replay of the run, whoever asked for it. */
function Earlier({ runId, chosen, onChoose }: EarlierProps) {
  const replays = useReplays(runId)
  const rows = itemsOf(replays)
  if (replays.isError) return <ProblemAlert error={replays.error} onRetry={() => void replays.refetch()} />
  if (replays.isPending) return <SkeletonRows label="Loading the replays" rows={1} />
  if (rows.length === 0)
    return <p className="pt-3 text-sm text-ink-soft">Nobody has replayed this run yet.</p>
  return (
    <div className="space-y-2 pt-4">
      <ul aria-label="Replays" className="divide-y divide-line text-sm">
        {rows.map((one) => (
          <li key={one.replayId} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5">
            <Badge tone={toneOf(one)}>{wordOf(one)}</Badge>
            <span>
              by <ShortId id={one.version} />
            </span>
            <span className="text-ink-soft">
              <Time at={one.createdAt} />
            </span>
            <span className="ml-auto">
              <Button
                look="quiet"
                aria-label={`Show ${one.replayId}`}
                disabled={one.replayId === chosen}
                onClick={() => onChoose(one.replayId)}
              >
                Show
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {replays.hasNextPage && (
        <Button
          look="quiet"
          disabled={replays.isFetchingNextPage}
          onClick={() => void replays.fetchNextPage()}
        >
          More replays
        </Button>
      )}
    </div>
  )
}

const wordOf = ({ status, identical }: ReplaySummary): string =>
  status === 'finished' ? (identical ? 'identical' : 'different') : status

const toneOf = ({ status, identical }: ReplaySummary): Tone => {
  if (status === 'running') return 'neutral'
  return status === 'finished' && identical ? 'good' : 'bad'
}

function Verdict({ replay }: { replay: Replay }) {
  if (replay.status === 'failed')
    return (
      <p className="text-bad">
        The replay shows nothing: {String(replay.error?.message)} <Mono>{String(replay.error?.code)}</Mono>
      </p>
    )
  const what = replay.attempt > 1 ? ` It is the run's last attempt, number ${replay.attempt}.` : ''
  return replay.identical ? (
    <p className="text-good">Identical: the same calls and events, in the same order.{what}</p>
  ) : (
    <p className="text-bad">Different from what was recorded.{what}</p>
  )
}

function Found({ replay }: { replay: Replay }) {
  return (
    <div className="space-y-4 pt-3">
      <dl className="grid gap-x-4 gap-y-1 text-xs sm:grid-cols-[auto_1fr]">
        <dt className="text-ink-soft">Recorded</dt>
        <dd className="break-all font-mono">{replay.recorded?.hash}</dd>
        <dt className="text-ink-soft">Replayed</dt>
        <dd className="break-all font-mono">{replay.replayed?.hash}</dd>
      </dl>
      <Calls calls={replay.calls ?? []} />
      <ul aria-label="Differences" className="space-y-3">
        {(replay.differences ?? []).map((one, at) => (
          <li key={at} className="text-sm">
            <p className="font-medium">
              {one.what} {one.position}
            </p>
            <Side sign="-" label="Recorded" text={one.expected} />
            <Side sign="+" label="Replayed" text={one.got} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Side({ sign, label, text }: { sign: '-' | '+'; label: string; text?: string | null | undefined }) {
  if (text === undefined || text === null) return null
  const tone = sign === '+' ? 'bg-good-soft text-good' : 'bg-bad-soft text-bad'
  return (
    <p className={`px-2 font-mono text-xs break-all ${tone}`}>
      <span aria-hidden="true">{sign} </span>
      <span className="sr-only">{label}: </span>
      {text}
    </p>
  )
}

function Calls({ calls }: { calls: ReplayedCall[] }) {
  if (calls.length === 0) return <p className="text-sm text-ink-soft">The run called nothing.</p>
  return (
    <ol aria-label="Recorded calls" className="space-y-1 text-sm">
      {calls.map((call, at) => (
        <li key={at} className="flex flex-wrap items-center gap-2">
          <span className="w-8 text-right text-ink-soft">{call.position ?? 'new'}</span>
          <Badge>{call.kind}</Badge>
          <Mono>{call.name}</Mono>
          <Mono>{call.hash.slice(0, 12)}</Mono>
          <Badge tone={TONES[call.result]}>{call.result}</Badge>
        </li>
      ))}
    </ol>
  )
}
