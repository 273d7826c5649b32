import type { IncidentSummary, MitigationAction } from '@/api/types'
import type { Tone } from '@/components/ui/badge'

const SEVERITIES: Record<string, Tone> = { S1: 'bad', S2: 'warn', S3: 'info', S4: 'neutral' }
const STATUSES: Record<string, Tone> = { open: 'bad', mitigated: 'warn', resolved: 'good' }

export const severityTone = (severity: string): Tone => SEVERITIES[severity] ?? 'neutral'
export const statusTone = (status: string): Tone => STATUSES[status] ?? 'neutral'

/** What can be done about an incident by a button, with what it says and what it means. */
export const ACTIONS: {
  action: MitigationAction
  label: string
  means: (incident: IncidentSummary) => string
}[] = [
  {
    action: 'pause',
    label: 'Pause agent',
    means: ({ agent }) =>
      `No new run of ${agent} starts until you reset it. Runs that are going end by themselves.`,
  },
  {
    action: 'quarantine',
    label: 'Quarantine agent',
    means: ({ agent }) => `No new run of ${agent} starts until you reset it, and its runs are ended now.`,
  },
  {
    action: 'kill_run',
    label: 'End last run',
    means: () => 'The run of the last event is ended now, if it still goes on.',
  },
]

/** The actions that an incident offers: those on an agent need one. */
export const actionsFor = (incident: IncidentSummary) => (incident.agent ? ACTIONS : [])
