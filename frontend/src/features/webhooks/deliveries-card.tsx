import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Delivery, DeliveryStatus, Webhook } from '@/api/automation'
import { itemsOf } from '@/api/pages'
import { EmptyState } from '@/components/empty-state'
import { Filter, oneOf, useFilters } from '@/components/filter'
import { ProblemAlert } from '@/components/problem-alert'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { DeliveryDetails } from '@/features/webhooks/delivery-details'
import { deliveriesChanged, redeliver, useDeliveries } from '@/features/webhooks/queries'
import { RedeliverDialog } from '@/features/webhooks/redeliver-dialog'
import { formatDuration } from '@/lib/format'

const STATUSES = ['pending', 'succeeded', 'failed'] as const

/** Where a delivery stands beyond its state: what the last attempt came to, or when the next is. */
function Standing({ delivery: { status, nextAttemptAt, failure, attempts } }: { delivery: Delivery }) {
  const last = attempts.at(-1)
  if (status === 'pending' && nextAttemptAt)
    return (
      <>
        Next attempt <Time at={nextAttemptAt} />
      </>
    )
  if (failure) return <>{failure}</>
  return last ? (
    <>
      {last.status ? `HTTP ${last.status}` : 'No answer'} in {formatDuration(last.durationMs)}
    </>
  ) : null
}

function Again({ delivery, onSaid }: { delivery: Delivery; onSaid: (words: string) => void }) {
  const client = useQueryClient()
  const send = useMutation({
    mutationFn: () => redeliver(delivery.webhookId, delivery.deliveryId),
    onSuccess: () => onSaid('Sent again.'),
    onSettled: () => deliveriesChanged(client, delivery.webhookId),
  })
  return (
    <div className="px-4 pt-3">
      <Button
        aria-label={`Send again ${delivery.type} ${delivery.deliveryId}`}
        disabled={send.isPending}
        onClick={() => send.mutate()}
      >
        {send.isPending ? 'Sending…' : 'Send again'}
      </Button>
      {send.isError && (
        <div className="mt-3">
          <ProblemAlert error={send.error} />
        </div>
      )}
    </div>
  )
}

interface RowProps {
  delivery: Delivery
  open: boolean
  onToggle: () => void
  again: boolean
  onSaid: (words: string) => void
}

function DeliveryRow({ delivery, open, onToggle, again, onSaid }: RowProps) {
  const { deliveryId, type, status, attempts, createdAt } = delivery
  const count = attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={`delivery-${deliveryId}`}
        onClick={onToggle}
        className="flex w-full flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-left text-sm -outline-offset-2 hover:bg-sunken/60"
      >
        <span aria-hidden className={`text-ink-soft ${open ? 'rotate-90' : ''}`}>
          ▸
        </span>
        <StatusBadge status={status} />
        <span className="font-mono text-[0.8125rem]">{type}</span>
        <span className="text-ink-soft tabular-nums">{count}</span>
        <span className="min-w-0 text-ink-soft">
          <Standing delivery={delivery} />
        </span>
        <span className="ml-auto text-xs text-ink-soft">
          <Time at={createdAt} />
        </span>
      </button>
      <div id={`delivery-${deliveryId}`} hidden={!open}>
        {open && (
          <>
            <DeliveryDetails delivery={delivery} />
            {again && status !== 'pending' && (
              <div className="bg-sunken/30 pb-4">
                <Again delivery={delivery} onSaid={onSaid} />
              </div>
            )}
          </>
        )}
      </div>
    </li>
  )
}

/** The delivery log of an endpoint. */
export function DeliveriesCard({ webhook, may }: { webhook: Webhook; may: boolean }) {
  const [value, filter] = useFilters()
  const status = oneOf(STATUSES, value('status')) as DeliveryStatus | ''
  const deliveries = useDeliveries(webhook.webhookId, status)
  const [open, setOpen] = useState('')
  const [asking, setAsking] = useState(false)
  const [said, setSaid] = useState('')
  const items = itemsOf(deliveries)
  const again = may && webhook.status === 'active'
  return (
    <Card
      title="Deliveries"
      labelledBy="deliveries"
      flush
      actions={again && <Button onClick={() => setAsking(true)}>Send again what failed</Button>}
    >
      <div className="flex flex-wrap items-end gap-4 border-b p-4">
        <div role="search" aria-label="Filter deliveries" className="w-full sm:w-auto">
          <Filter label="Status" options={STATUSES} value={status} onChange={filter('status')} />
        </div>
        <p role="status" className="text-sm text-ink-soft">
          {said}
        </p>
      </div>
      {deliveries.isPending && <SkeletonRows label="Loading the deliveries" />}
      {deliveries.isError && (
        <div className="p-4">
          <ProblemAlert error={deliveries.error} onRetry={() => void deliveries.refetch()} />
        </div>
      )}
      {deliveries.isSuccess && items.length === 0 && !deliveries.hasNextPage && (
        <EmptyState title={status ? 'No delivery is like that' : 'Nothing was sent yet'}>
          {status
            ? 'Another status finds more.'
            : may
              ? 'Send a test message to see how it is taken.'
              : 'What is sent appears here, with each attempt and what was answered.'}
        </EmptyState>
      )}
      {items.length > 0 && (
        <ul aria-label="Deliveries, newest first" className="divide-y divide-line">
          {items.map((delivery) => (
            <DeliveryRow
              key={delivery.deliveryId}
              delivery={delivery}
              open={open === delivery.deliveryId}
              onToggle={() => setOpen(open === delivery.deliveryId ? '' : delivery.deliveryId)}
              again={again}
              onSaid={setSaid}
            />
          ))}
        </ul>
      )}
      {deliveries.hasNextPage && (
        <Button
          className="m-3"
          onClick={() => void deliveries.fetchNextPage()}
          disabled={deliveries.isFetchingNextPage}
        >
          Show older deliveries
        </Button>
      )}
      {asking && <RedeliverDialog webhook={webhook} onDone={setSaid} onClose={() => setAsking(false)} />}
    </Card>
  )
}
