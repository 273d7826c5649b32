import type { Approval } from '@/api/types'
import { Mono } from '@/components/facts'
import { formatBytes, formatNumber } from '@/lib/format'

/** The arguments to the letter, as the API wrote them for reading: never shortened, never parsed again. */
export function Frozen({ approval }: { approval: Approval }) {
  const text = approval.argumentsText
  const bytes = new TextEncoder().encode(text).length
  return (
    <div className="min-w-0 space-y-1.5">
      <p className="text-xs text-ink-soft">
        Frozen arguments, all of them: {formatNumber(text.split('\n').length)} lines, {formatBytes(bytes)}
      </p>
      <pre
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={`Frozen arguments of ${approval.approvalId}`}
        role="region"
        className="max-h-[32rem] overflow-auto rounded-md border bg-sunken/60 p-3 font-mono text-[0.8125rem] leading-relaxed break-words whitespace-pre-wrap"
      >
        {text}
      </pre>
      <p className="text-xs text-ink-soft">
        SHA-256 of call and arguments <Mono>{approval.digest}</Mono>
      </p>
    </div>
  )
}
