import { type Invocation, type JsonObject, MAX_INPUT_CHARACTERS, type Mode } from '@/api/types'
import { checkTools, type Limits, scopeOf } from '@/features/agents/limits'
import { formatNumber } from '@/lib/format'

export type Way = 'stream' | 'wait' | 'background'

export interface Draft extends Limits {
  input: string
  context: string
  sessionId: string
}

export interface DraftErrors {
  input?: string | undefined
  context?: string | undefined
  tools?: string | undefined
}

export const WAYS: Record<Way, { label: string; hint: string }> = {
  stream: { label: 'Stream', hint: 'Watch the answer as it is written' },
  wait: { label: 'Wait', hint: 'Get the whole answer at once' },
  background: { label: 'Background', hint: 'Start a job and follow its progress' },
}

/** How an agent may be called, its own way first. An async agent has only one. */
export function waysOf(mode: Mode): Way[] {
  if (mode === 'async') return ['background']
  return mode === 'streaming' ? ['stream', 'wait', 'background'] : ['wait', 'stream', 'background']
}

/** Characters as the API counts them: code points. */
export const countCharacters = (text: string): number => Array.from(text).length

export function parseContext(text: string): JsonObject | undefined {
  if (!text.trim()) return undefined
  const value: unknown = JSON.parse(text)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new SyntaxError('The context must be a JSON object, such as {"locale": "en"}.')
  }
  return value as JsonObject
}

export function checkDraft(draft: Draft): DraftErrors {
  const errors: DraftErrors = {}
  const characters = countCharacters(draft.input)
  if (!draft.input.trim()) errors.input = 'Say what the agent should do.'
  else if (characters > MAX_INPUT_CHARACTERS) {
    errors.input = `${formatNumber(characters)} characters; at most ${formatNumber(MAX_INPUT_CHARACTERS)} are allowed. Upload long material as a file.`
  }
  try {
    parseContext(draft.context)
  } catch (error) {
    errors.context = `Not valid: ${error instanceof Error ? error.message : 'not JSON'}`
  }
  const tools = checkTools(draft)
  if (tools) errors.tools = tools
  return errors
}

export function invocationOf(draft: Draft, files: string[]): Invocation {
  const context = parseContext(draft.context)
  const sessionId = draft.sessionId.trim()
  const scope = scopeOf(draft)
  return {
    input: draft.input,
    ...(context && { context }),
    ...(sessionId && { sessionId }),
    ...(files.length > 0 && { files }),
    ...(scope && { scope }),
  }
}
