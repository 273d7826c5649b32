import type { Webhook } from '@/api/automation'
import { StatusBadge } from '@/components/status-badge'
import { Badge } from '@/components/ui/badge'

/** How an endpoint stands, and whether it is spared at the moment because it does not answer. */
export function EndpointStatus({ webhook: { status, circuit } }: { webhook: Webhook }) {
  return (
    <span className="inline-flex flex-wrap gap-1.5">
      <StatusBadge status={status} />
      {status === 'active' && circuit === 'open' && <Badge tone="warn">Spared</Badge>}
      {status === 'active' && circuit === 'half_open' && <Badge tone="warn">Being tried</Badge>}
    </span>
  )
}
