// What each gate of an approval asks for, in words. Which there are and how they stand, the API says.
import type { Gate } from '@/api/registry'
import { sentenceCase } from '@/lib/format'

/** One that the API adds is shown by its name. */
export const ASKS: Record<string, string> = {
  evaluation: 'The required suites passed on exactly this content, and signed evidence shows it.',
  certification: 'Its certifications are there and valid.',
  approvals: 'Where a tool’s risk is high, two people approved this promotion.',
  incidents: 'No incident of S1 or S2 about this agent is open.',
  policy: 'The manifest’s policy can be made an envelope.',
  budget: 'What a run costs and how long it takes is bounded.',
}

export const gateName = (gate: string): string => sentenceCase(gate)

/** The gate that a refusal's pointer (`/gates/evaluation`) is about. */
export const gateAt = (pointer: string): string | undefined =>
  pointer.startsWith('/gates/') ? gateName(pointer.slice('/gates/'.length)) : undefined

export function verdict(gates: readonly Gate[]): string {
  const closed = gates.filter(({ holds }) => !holds).length
  if (closed === 0) return 'Every gate holds.'
  return `${closed} of ${gates.length} gates ${closed === 1 ? 'does' : 'do'} not hold: an approval is refused.`
}

export interface Piece {
  text: string
  /** The incident that the text names. */
  incident?: string
}

/** A finding with the incidents it names set apart, so that they can be linked to. */
export const piecesOf = (why: string): Piece[] =>
  why
    .split(/(inc_\w+)/)
    .filter(Boolean)
    .map((text) => (/^inc_\w+$/.test(text) ? { text, incident: text } : { text }))
