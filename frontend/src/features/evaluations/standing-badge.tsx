import type { Evaluation } from '@/api/evaluations'
import { StatusBadge } from '@/components/status-badge'
import { intervalText, percent, standing } from '@/features/evaluations/progress'
import { cn } from '@/lib/cn'

/** Its verdict, or how far it is. */
export const StandingBadge = ({ one }: { one: Evaluation }) => <StatusBadge status={standing(one)} />

/** The pass rate and between what the true one lies; a dash while nothing is decided. `brief` where there is no room. */
export function Rate({ one, brief = false }: { one: Evaluation; brief?: boolean }) {
  if (one.decided === 0) return <span className="text-ink-soft">—</span>
  return (
    <span className="tabular-nums">
      {percent(one.passRate)}{' '}
      <span
        className={cn('text-xs text-ink-soft', brief && 'hidden sm:inline')}
        title="95 % confidence interval, by Wilson’s score method"
      >
        ({intervalText(one.interval)})
      </span>
    </span>
  )
}
