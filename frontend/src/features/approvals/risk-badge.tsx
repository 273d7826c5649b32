import { Badge, type Tone } from '@/components/ui/badge'
import { sentenceCase } from '@/lib/format'

const TONES: Record<string, Tone> = { low: 'neutral', medium: 'info', high: 'warn', critical: 'bad' }

export function RiskBadge({ risk }: { risk: string }) {
  return <Badge tone={TONES[risk] ?? 'bad'}>{sentenceCase(risk)} risk</Badge>
}
