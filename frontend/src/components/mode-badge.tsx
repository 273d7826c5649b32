import type { Mode } from '@/api/types'
import { Badge } from '@/components/ui/badge'

const MODES: Record<Mode, { label: string; explained: string }> = {
  sync: { label: 'Sync', explained: 'Answers in one piece' },
  streaming: { label: 'Streaming', explained: 'Answers as it thinks' },
  async: { label: 'Async', explained: 'Works in the background' },
}

export const modeLabel = (mode: Mode): string => MODES[mode].label
export const modeExplained = (mode: Mode): string => MODES[mode].explained

export function ModeBadge({ mode }: { mode: Mode }) {
  return <Badge tone="accent">{modeLabel(mode)}</Badge>
}
