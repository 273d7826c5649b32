import { useState } from 'react'

import type { JsonObject, RunEvent } from '@/api/types'
import { Badge, type Tone } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { formatClock, sentenceCase } from '@/lib/format'

const TONES: Record<RunEvent['stream'], Tone> = { assistant: 'accent', tool: 'warn', lifecycle: 'info' }
const SHOWN_AT_ONCE = 200

interface Entry {
  first: RunEvent
  last: RunEvent
  text?: string
}

/** Neighbouring pieces of text read as one entry: a person follows sentences, not tokens. */
export function entriesOf(events: readonly RunEvent[]): Entry[] {
  const entries: Entry[] = []
  for (const event of events) {
    const text =
      event.payload.type === 'delta' && typeof event.payload.text === 'string'
        ? event.payload.text
        : undefined
    const open = entries.at(-1)
    if (text !== undefined && open?.text !== undefined) {
      open.text += text
      open.last = event
    } else {
      entries.push({ first: event, last: event, ...(text !== undefined && { text }) })
    }
  }
  return entries
}

const SHOWN_ABOVE = new Set(
  'usage cost output mode agent input version sessionId runId status createdAt startedAt finishedAt'.split(
    ' ',
  ),
)

/** A lifecycle event repeats what the page says of the run already; only the rest of it is worth a line. */
const isNews = (event: RunEvent, name: string): boolean =>
  name !== 'type' && !(event.stream === 'lifecycle' && SHOWN_ABOVE.has(name))

const OF_ACTS = new Set(['call', 'result', 'policy', 'approval'])

/** What the acts say in words already. */
const isOfAnAct = ({ stream, event }: RunEvent): boolean => stream === 'tool' && OF_ACTS.has(event)

function Body({ entry: { first, text } }: { entry: Entry }) {
  if (text !== undefined) return <p className="break-words whitespace-pre-wrap">{text}</p>
  const { text: said, ...data } = Object.fromEntries(
    Object.entries(first.payload).filter(([name]) => isNews(first, name)),
  )
  const rest = said === undefined || typeof said === 'string' ? data : { ...data, text: said }
  return (
    <>
      {typeof said === 'string' && <p className="break-words whitespace-pre-wrap">{said}</p>}
      {Object.keys(rest).length > 0 && (
        <Data value={rest} folded={typeof said === 'string' || isOfAnAct(first)} />
      )}
    </>
  )
}

/** A payload's data; folded away when the event, or the act it belongs to, says the same in words. */
function Data({ value, folded }: { value: JsonObject; folded: boolean }) {
  const data = (
    <pre className="font-mono text-xs break-words whitespace-pre-wrap text-ink-soft">
      {JSON.stringify(value, null, 2)}
    </pre>
  )
  if (!folded) return data
  return (
    <details>
      <summary className="cursor-pointer text-xs text-ink-soft select-none">Details</summary>
      <div className="pt-1.5">{data}</div>
    </details>
  )
}

const numbersOf = ({ first, last }: Entry): string =>
  first.seq === last.seq ? `${first.seq}` : `${first.seq}–${last.seq}`

/** Everything that happened in a run, in order. */
export function Timeline({ events }: { events: readonly RunEvent[] }) {
  const [all, setAll] = useState(false)
  const entries = entriesOf(events)
  const shown = all ? entries : entries.slice(-SHOWN_AT_ONCE)
  return (
    <>
      {shown.length < entries.length && (
        <div className="border-b p-3 text-center">
          <Button onClick={() => setAll(true)}>Show {entries.length - shown.length} earlier entries</Button>
        </div>
      )}
      <ol aria-label="Events" className="@container divide-y divide-line">
        {shown.map((entry) => (
          <li key={entry.first.seq} className="grid gap-x-4 gap-y-1 px-4 py-2.5 @2xl:grid-cols-[9.5rem_1fr]">
            <div className="flex items-baseline gap-3 text-xs text-ink-soft tabular-nums @2xl:block @2xl:space-y-0.5">
              <span className="block font-mono">#{numbersOf(entry)}</span>
              <time dateTime={entry.first.timestamp} className="block">
                {formatClock(entry.first.timestamp)}
              </time>
            </div>
            <div className="min-w-0 space-y-1.5">
              <p className="flex items-center gap-2">
                <Badge tone={TONES[entry.first.stream]}>{entry.first.stream}</Badge>
                <span className="font-medium">
                  {entry.text === undefined ? sentenceCase(entry.first.event) : 'Text'}
                </span>
              </p>
              <Body entry={entry} />
            </div>
          </li>
        ))}
      </ol>
    </>
  )
}
