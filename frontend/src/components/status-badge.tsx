import { Badge, type Tone } from '@/components/ui/badge'
import { sentenceCase } from '@/lib/format'

const TONES: Record<string, Tone> = {
  queued: 'neutral',
  running: 'info',
  retrying: 'warn',
  paused: 'warn',
  awaiting_approval: 'warn',
  succeeded: 'good',
  failed: 'bad',
  halted: 'bad',
  timed_out: 'bad',
  cancelled: 'neutral',
  active: 'good',
  suspended: 'bad',
  provisioning: 'info',
  expired: 'warn',
  revoked: 'neutral',
  disabled: 'bad',
  open: 'info',
  on: 'info',
  ended: 'neutral',
  accepted: 'good',
  withdrawn: 'neutral',
  pending: 'warn',
  approved: 'good',
  denied: 'bad',
  void: 'neutral',
  consumed: 'good',
  confirmed: 'warn',
  deleting: 'warn',
  deleted: 'neutral',
  draft: 'neutral',
  candidate: 'info',
  deprecated: 'warn',
  rolled_back: 'warn',
  quarantined: 'bad',
  retired: 'neutral',
  read_only: 'warn',
  draining: 'warn',
  passed: 'good',
  error: 'warn',
  stopped: 'bad',
  finished: 'neutral',
}

/** A state in words; the colour and the dot only repeat them. */
export function StatusBadge({ status }: { status: string }) {
  return (
    <Badge tone={TONES[status] ?? 'neutral'}>
      <span
        aria-hidden
        className={`size-1.5 rounded-full bg-current ${status === 'running' ? 'animate-pulse' : ''}`}
      />
      {sentenceCase(status)}
    </Badge>
  )
}
