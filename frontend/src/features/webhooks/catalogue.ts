// The events that an endpoint may ask for (docs/events.md); a test compares them with the API's own catalogue.

export interface EventFamily {
  /** What asks for all of it, those of later versions too. */
  filter: string
  label: string
  events: readonly (readonly [type: string, words: string])[]
}

export const FAMILIES: readonly EventFamily[] = [
  {
    filter: 'job.*',
    label: 'Jobs',
    events: [
      ['job.succeeded', 'A job ended with a result'],
      ['job.failed', 'A job ended without a result'],
      ['job.halted', 'The governor stopped a job'],
      ['job.cancelled', 'Somebody cancelled a job'],
      ['job.timed_out', 'A job took longer than it may'],
    ],
  },
  { filter: 'run.*', label: 'Runs', events: [['run.halted', 'The governor stopped a run']] },
  {
    filter: 'approval.*',
    label: 'Approvals',
    events: [
      ['approval.requested', 'An agent waits for people to decide'],
      ['approval.decided', 'Somebody decided'],
      ['approval.expired', 'Nobody decided in time, or nobody used what was decided'],
    ],
  },
  {
    filter: 'budget.*',
    label: 'Budgets',
    events: [['budget.threshold', 'The tenant has spent a share of its month’s budget']],
  },
  {
    filter: 'incident.*',
    label: 'Incidents',
    events: [['incident.opened', 'Something happened that somebody has to look at']],
  },
  {
    filter: 'agent.*',
    label: 'Agents',
    events: [
      ['agent.version.promoted', 'A version of an agent was approved'],
      ['agent.version.rolled_back', 'A version of an agent was taken back'],
    ],
  },
  { filter: 'tenant.*', label: 'Tenant', events: [['tenant.suspended', 'An operator suspended the tenant']] },
  {
    filter: 'webhook.*',
    label: 'Webhooks',
    events: [['webhook.disabled', 'Another endpoint is sent nothing any more']],
  },
]

export const ALL = '*'

/** What is chosen after a box was ticked or cleared. All of a family is its filter, and then none of its names. */
export function toggled(chosen: readonly string[], filter: string): string[] {
  if (chosen.includes(filter)) return chosen.filter((one) => one !== filter)
  const family = FAMILIES.find((one) => one.filter === filter)
  const within = new Set(family?.events.map(([type]) => type))
  return filter === ALL ? [ALL] : [...chosen.filter((one) => one !== ALL && !within.has(one)), filter]
}

/** Whether what is chosen asks for an event already without naming it. */
export const covered = (chosen: readonly string[], family: EventFamily): boolean =>
  chosen.includes(ALL) || chosen.includes(family.filter)
