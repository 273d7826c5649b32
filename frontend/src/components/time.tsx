import { formatDateTime } from '@/lib/format'

export function Time({ at }: { at: string | null | undefined }) {
  return at ? <time dateTime={at}>{formatDateTime(at)}</time> : <span className="text-ink-soft">—</span>
}
