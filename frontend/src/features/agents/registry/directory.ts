// The agent directory's filters: over all agents, since there are as many as a company writes.
import type { Template } from '@/api/registry'

export const STATES = ['in_use', 'canary', 'not_released'] as const
export type State = (typeof STATES)[number]
export const STATE_NAMES: Record<State, string> = {
  in_use: 'In use',
  canary: 'Two versions',
  not_released: 'Not released',
}

/** Whether tenants run it, run it in two versions, or cannot run it yet. */
export function stateOf({ approvedVersionId, secondVersionId }: Template): State {
  if (!approvedVersionId) return 'not_released'
  return secondVersionId ? 'canary' : 'in_use'
}

export interface Wanted {
  text: string
  owner: string
  mode: string
  state: string
  tier: string
}

/** Those that are as wanted; "" wants anything. Every word of the text is in the name, the description or the domain. */
export function filtered(templates: readonly Template[], wanted: Wanted): Template[] {
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean)
  return templates.filter((one) => {
    const told = `${one.name} ${one.description} ${one.domain ?? ''} ${one.owner}`.toLowerCase()
    return (
      words.every((word) => told.includes(word)) &&
      (!wanted.owner || one.owner === wanted.owner) &&
      (!wanted.mode || one.mode === wanted.mode) &&
      (!wanted.state || stateOf(one) === wanted.state) &&
      (!wanted.tier || one.tierMinimum === wanted.tier)
    )
  })
}

export const ownersOf = (templates: readonly Template[]): string[] =>
  [...new Set(templates.map(({ owner }) => owner))].sort((one, other) => one.localeCompare(other))
