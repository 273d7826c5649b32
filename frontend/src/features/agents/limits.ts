import type { RunScope } from '@/api/types'

export const TIERS = ['0', '1', '2', '3', '4', '5'] as const
export const MOST_TOOLS = 100
const MOST_CHARACTERS = 64
const NAME = /^[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*$/

/** What the form says of a run's limits: which of the agent's tools, and the autonomy tier, empty for the policy's. */
export interface Limits {
  toolChoice: string
  tools: string
  autonomyTier: string
}

export const NO_LIMITS: Limits = { toolChoice: 'all', tools: '', autonomyTier: '' }

export const TOOL_CHOICES: readonly (readonly [value: string, label: string])[] = [
  ['all', 'All that the agent has'],
  ['some', 'Only some of them'],
  ['none', 'None'],
]

/** Names between commas, blanks and line ends, each once. */
export const namedTools = (text: string): string[] => [...new Set(text.split(/[\s,]+/u).filter(Boolean))]

/** What is wrong with the tools that are named; undefined when nothing is, or when none have to be. */
export function checkTools(limits: Limits): string | undefined {
  if (limits.toolChoice !== 'some') return undefined
  const names = namedTools(limits.tools)
  if (names.length === 0) return 'Name at least one tool, or choose “None”.'
  if (names.length > MOST_TOOLS) return `${names.length} tools; at most ${MOST_TOOLS} can be named.`
  const odd = names.find((name) => name.length > MOST_CHARACTERS || !NAME.test(name))
  return odd && `“${odd}” is no name of a tool. Patterns are not taken; write files.read, for example.`
}

/** The scope of the invocation; undefined where nothing is narrowed. An empty list of tools is none of them. */
export function scopeOf(limits: Limits): RunScope | undefined {
  const tools =
    limits.toolChoice === 'some' ? namedTools(limits.tools) : limits.toolChoice === 'none' ? [] : undefined
  const tier = limits.autonomyTier === '' ? undefined : Number(limits.autonomyTier)
  if (tools === undefined && tier === undefined) return undefined
  return { ...(tools && { tools }), ...(tier !== undefined && { autonomyTier: tier }) }
}
