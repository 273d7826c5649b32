// The acts of a run, made from its log: each call an agent asked for, what was decided, and how it went.
import type { Answer, Json, JsonObject, RunEvent } from '@/api/types'

export type Ending = 'running' | 'succeeded' | 'failed' | 'outage' | 'blocked' | 'refused' | 'held'

export interface Act {
  seq: number
  at: string
  tool: string
  answer: Answer
  ending: Ending
  risk?: string
  ruleId?: string
  explanation?: string
  code?: string
  arguments: JsonObject
  /** What the decision was made on: what the run had cost, how often the tool was called, whether it is tainted. */
  basis: JsonObject
  approvalId?: string
  durationMs?: number
  pricePico?: number
  findings: Record<string, number>
  changed: number
  shadow?: { decision: string; ruleId: string }
}

const ENDINGS: ReadonlySet<string> = new Set(['succeeded', 'failed', 'outage', 'blocked'])

const object = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
const text = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined)
const number = (value: Json | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined

/** Only what is known: with `exactOptionalPropertyTypes` an absent value must be absent. */
function known<T extends object>(fields: { [Name in keyof T]: T[Name] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}

function answerOf(event: RunEvent): Answer {
  if (event.event === 'call') return 'ALLOW'
  if (event.event === 'approval' || event.payload.decision === 'NEEDS_APPROVAL') return 'NEEDS_APPROVAL'
  return 'DENY'
}

const ENDING_AT_FIRST: Record<Answer, Ending> = {
  ALLOW: 'running',
  NEEDS_APPROVAL: 'held',
  DENY: 'refused',
}

function begun(event: RunEvent): Act {
  const { payload } = event
  const said = event.event === 'call' ? object(payload.policy) : payload
  const answer = answerOf(event)
  const shadow = object(payload.shadow)
  return {
    seq: event.seq,
    at: event.timestamp,
    tool: text(payload.tool) ?? 'a tool',
    answer,
    ending: ENDING_AT_FIRST[answer],
    arguments: object(payload.arguments),
    basis: object(payload.basis),
    ...guarded(payload),
    ...known<Pick<Act, 'risk' | 'ruleId' | 'explanation' | 'code' | 'approvalId'>>({
      risk: text(said.risk),
      ruleId: text(said.ruleId),
      explanation: text(said.explanation),
      code: text(payload.code),
      approvalId: text(payload.approvalId),
    }),
    ...(typeof shadow.decision === 'string' && {
      shadow: { decision: shadow.decision, ruleId: text(shadow.ruleId) ?? '' },
    }),
  }
}

function guarded(payload: JsonObject): Pick<Act, 'findings' | 'changed'> {
  const told = object(payload.guardrails)
  const findings = Object.entries(object(told.found)).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  return { findings: Object.fromEntries(findings), changed: number(told.changed) ?? 0 }
}

/** The act with its result: findings of the arguments and of the result are added up. */
function ended(act: Act, { payload }: RunEvent): Act {
  const status = text(payload.status) ?? ''
  const { findings, changed } = guarded(payload)
  const both = { ...act.findings }
  for (const [kind, count] of Object.entries(findings)) both[kind] = (both[kind] ?? 0) + count
  return {
    ...act,
    ending: ENDINGS.has(status) ? (status as Ending) : 'failed',
    findings: both,
    changed: act.changed + changed,
    ...known<Pick<Act, 'code' | 'durationMs' | 'pricePico'>>({
      code: text(payload.code),
      durationMs: number(payload.durationMs),
      pricePico: number(payload.pricePico),
    }),
  }
}

/** What the gateway wrote of a run's calls, in the order in which they were asked for. */
export function actsOf(events: readonly RunEvent[]): Act[] {
  const acts: Act[] = []
  const open = new Map<string, number>()
  for (const event of events) {
    if (event.stream !== 'tool') continue
    const callId = text(event.payload.callId) ?? ''
    if (event.event === 'result') {
      const index = open.get(callId)
      const act = index === undefined ? undefined : acts[index]
      if (index !== undefined && act) acts[index] = ended(act, event)
    } else if (event.event === 'call' || event.event === 'policy' || event.event === 'approval') {
      if (event.event === 'call') open.set(callId, acts.length)
      acts.push(begun(event))
    }
  }
  return acts
}
