import { condensed, difference, differs } from '@/lib/difference'
import { cn } from '@/lib/cn'

const TONES = { ' ': 'text-ink-soft', '+': 'bg-good-soft text-good', '-': 'bg-bad-soft text-bad' }

interface DifferenceViewProps {
  name: string
  before: string
  after: string
  same: string
  /** Prose breaks at the edge, code scrolls. */
  wrap?: boolean
}

/** Two texts line by line; the signs say what the colours repeat. */
export function DifferenceView({ name, before, after, same, wrap = false }: DifferenceViewProps) {
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
      {condensed(lines).map((part, at) =>
        'alike' in part ? (
          <span key={at} className="block border-y bg-sunken/60 px-3 text-ink-soft select-none">
            … {part.alike} lines alike
          </span>
        ) : (
          <span
            key={at}
            className={cn('block px-3', wrap && 'break-words whitespace-pre-wrap', TONES[part.sign])}
          >
            {part.sign} {part.text}
          </span>
        ),
      )}
    </pre>
  )
}
