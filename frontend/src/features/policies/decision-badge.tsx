import { Badge, type Tone } from '@/components/ui/badge'

const WORDS: Record<string, [Tone, string]> = {
  ALLOW: ['good', 'Allowed'],
  NEEDS_APPROVAL: ['warn', 'Needs approval'],
  DENY: ['bad', 'Denied'],
}

export const answerOf = (decision: string): string => WORDS[decision]?.[1] ?? decision

export function DecisionBadge({ decision }: { decision: string }) {
  return <Badge tone={WORDS[decision]?.[0] ?? 'neutral'}>{answerOf(decision)}</Badge>
}
