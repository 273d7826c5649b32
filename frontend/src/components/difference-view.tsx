import { difference, differs } from '@/lib/difference'
import { cn } from '@/lib/cn'

const TONES = { ' ': 'text-ink-soft', '+': 'bg-good-soft text-good', '-': 'bg-bad-soft text-bad' }

interface DifferenceViewProps {
  name: string
  before: string
  after: string
  same: string
}

/** Two texts line by line; the signs say what the colours repeat. */
export function DifferenceView({ name, before, after, same }: DifferenceViewProps) {
  const lines = difference(before, after)
  if (!differs(lines)) return <p className="text-sm text-ink-soft">{same}</p>
  return (
    <pre
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
      tabIndex={0}
      role="region"
      aria-label={name}
      className="max-h-96 overflow-auto rounded-md border bg-surface py-2 font-mono text-[0.8125rem] leading-relaxed"
    >
      {lines.map(({ sign, text }, at) => (
        <span key={at} className={cn('block px-3', TONES[sign])}>
          {sign} {text}
        </span>
      ))}
    </pre>
  )
}
