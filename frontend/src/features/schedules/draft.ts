// A schedule as a form has it, and what of it is sent.
import type { CatchUp, NewSchedule, Overlap, Schedule, ScheduleChange } from '@/api/automation'
import type { JsonObject } from '@/api/types'
import { FIRST, isBlank } from '@/features/schedules/expression'
import type { Errors } from '@/lib/use-form'

export interface ScheduleDraft {
  name: string
  agent: string
  input: string
  context: string
  expression: string
  timeZone: string
  jitterMinutes: string
  overlap: Overlap
  catchUp: CatchUp
}

export const OVERLAPS: readonly (readonly [Overlap, string])[] = [
  ['skip', 'Leave this time out'],
  ['queue', 'Wait for it to end, for a day at most'],
  ['cancel_previous', 'Cancel it and begin'],
]
export const CATCH_UPS: readonly (readonly [CatchUp, string])[] = [
  ['skip', 'Leave them out'],
  ['run_once', 'Make up for the latest'],
]

const MOST_JITTER = 1440
const LONGEST_NAME = 100

/** The zone that this browser's clock is of. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

export const emptyDraft = (agent = ''): ScheduleDraft => ({
  name: '',
  agent,
  input: '',
  context: '',
  expression: FIRST.cron,
  timeZone: ownZone(),
  jitterMinutes: '0',
  overlap: 'skip',
  catchUp: 'skip',
})

export const draftOf = (schedule: Schedule): ScheduleDraft => ({
  name: schedule.name,
  agent: schedule.agent,
  input: schedule.input,
  context: schedule.context ? JSON.stringify(schedule.context, null, 2) : '',
  expression: schedule.expression,
  timeZone: schedule.timeZone,
  jitterMinutes: String(schedule.jitterMinutes),
  overlap: schedule.overlap,
  catchUp: schedule.catchUp,
})

/** The object that a text is, `{}` of an empty one; undefined of what is none. */
export function objectIn(text: string): JsonObject | undefined {
  if (!text.trim()) return {}
  try {
    const found: unknown = JSON.parse(text)
    return found && typeof found === 'object' && !Array.isArray(found) ? (found as JsonObject) : undefined
  } catch {
    return undefined
  }
}

function jitterProblem(text: string): string | undefined {
  const minutes = Number(text)
  return text.trim() && Number.isInteger(minutes) && minutes >= 0 && minutes <= MOST_JITTER
    ? undefined
    : `A whole number of minutes from 0 to ${MOST_JITTER}.`
}

export function checkSchedule(draft: ScheduleDraft): Errors<ScheduleDraft> {
  const jitter = jitterProblem(draft.jitterMinutes)
  const name = draft.name.trim()
  return {
    ...(!name && { name: 'Give it a name that says what it is for.' }),
    ...(name.length > LONGEST_NAME && { name: `At most ${LONGEST_NAME} characters.` }),
    ...(!draft.agent && { agent: 'Choose an agent.' }),
    ...(!draft.input.trim() && { input: 'Say what the agent is asked each time.' }),
    ...(objectIn(draft.context) === undefined && {
      context: 'Not a JSON object such as {"region": "north"}.',
    }),
    ...(isBlank(draft.expression) && { expression: 'Say when it runs.' }),
    ...(!draft.timeZone.trim() && { timeZone: 'Name a zone such as Europe/Berlin.' }),
    ...(jitter && { jitterMinutes: jitter }),
  }
}

export function scheduleOf(draft: ScheduleDraft): NewSchedule {
  const context = objectIn(draft.context) ?? {}
  return {
    name: draft.name.trim(),
    agent: draft.agent,
    input: draft.input,
    ...(Object.keys(context).length > 0 && { context }),
    expression: draft.expression,
    timeZone: draft.timeZone.trim(),
    jitterMinutes: Number(draft.jitterMinutes),
    overlap: draft.overlap,
    catchUp: draft.catchUp,
  }
}

/** What a draft changes of a schedule; a context that was emptied is an empty one. */
export function changeOf(schedule: Schedule, draft: ScheduleDraft): ScheduleChange {
  const wanted = scheduleOf(draft)
  const fields = { ...wanted, agent: schedule.agent, context: wanted.context ?? {} }
  const now = { ...schedule, context: schedule.context ?? {} }
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(now[name as keyof typeof fields]),
    ),
  )
}
