import type { Attempt, Delivery } from '@/api/automation'
import type { Json } from '@/api/types'
import { CopyButton } from '@/components/copy-button'
import { Facts, Mono } from '@/components/facts'
import { Output } from '@/components/output'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { formatDuration } from '@/lib/format'

/** The body as JSON to read; as it is when it is none. */
function parsed(body: string): Json {
  try {
    return JSON.parse(body) as Json
  } catch {
    return body
  }
}

/** What the endpoint answered: its headers that are kept, and the beginning of its body. */
function Answer({ response }: { response: Attempt['response'] }) {
  if (!response) return null
  const headers = Object.entries((response.headers ?? {}) as Record<string, string>)
  const body = typeof response.body === 'string' ? response.body : ''
  return (
    <div className="rounded-md border">
      {headers.length > 0 && (
        <p className="px-4 pt-3 font-mono text-xs break-all text-ink-soft">
          {headers.map(([name, value]) => (
            <span key={name} className="block">
              {name}: {value}
            </span>
          ))}
        </p>
      )}
      {body ? <Output value={body} /> : <p className="p-4 text-sm text-ink-soft">Its answer was empty.</p>}
    </div>
  )
}

function AttemptItem({ attempt, rounds }: { attempt: Attempt; rounds: boolean }) {
  const { number, round, at, status, durationMs, succeeded, error, response } = attempt
  return (
    <li className="space-y-2">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="font-medium">
          Attempt {number}
          {rounds && `, round ${round}`}
        </span>
        <Badge tone={succeeded ? 'good' : 'bad'}>{status ? `HTTP ${status}` : 'No answer'}</Badge>
        <span className="tabular-nums">{formatDuration(durationMs)}</span>
        <span className="text-ink-soft">
          <Time at={at} />
        </span>
      </p>
      {error && <p className="text-sm break-words text-bad">{error}</p>}
      <Answer response={response} />
    </li>
  )
}

/** What was sent, to the byte, and what came of each attempt. */
export function DeliveryDetails({ delivery }: { delivery: Delivery }) {
  return (
    <div className="space-y-4 border-t bg-sunken/30 p-4">
      <Facts
        facts={[
          ['Event (webhook-id)', <Mono key="event">{delivery.eventId}</Mono>],
          ['Delivery', <Mono key="delivery">{delivery.deliveryId}</Mono>],
          ['Ended', delivery.finishedAt && <Time key="ended" at={delivery.finishedAt} />],
        ]}
      />
      <section aria-label="Attempts" className="space-y-2">
        <h3 className="text-sm font-medium">Attempts</h3>
        {delivery.attempts.length === 0 ? (
          <p className="text-sm text-ink-soft">None yet.</p>
        ) : (
          <ol className="space-y-3">
            {delivery.attempts.map((attempt) => (
              <AttemptItem
                key={`${attempt.round}-${attempt.number}`}
                attempt={attempt}
                rounds={delivery.round > 1}
              />
            ))}
          </ol>
        )}
      </section>
      <section aria-label="Request" className="space-y-2">
        <h3 className="flex items-center gap-2 text-sm font-medium">
          Request <CopyButton text={delivery.body} name="the request’s body" />
        </h3>
        <div className="rounded-md border bg-surface">
          <Output value={parsed(delivery.body)} />
        </div>
      </section>
    </div>
  )
}
