import type { Profile } from '@/api/types'
import { isOperator, isTenantAdmin, isTenantPerson, mayHoldMore } from '@/features/bff/session'

type NavigationLink = readonly [to: string, label: string]

const TENANT: NavigationLink[] = [
  ['/agents', 'Agents'],
  ['/runs', 'Runs'],
  ['/jobs', 'Jobs'],
  ['/sessions', 'Sessions'],
  ['/approvals', 'Approvals'],
  ['/schedules', 'Schedules'],
  ['/incidents', 'Incidents'],
  ['/instances', 'Instances'],
  ['/policies', 'Policies'],
  ['/webhooks', 'Webhooks'],
]
const ADMIN: NavigationLink[] = [
  ['/api-keys', 'API keys'],
  ['/members', 'Members'],
  ['/audit', 'Audit'],
  ['/kill-switches', 'Kill switches'],
]
const GUEST: NavigationLink[] = [['/accept', 'Accept an invite']]
const OWN: NavigationLink[] = [['/tenant', 'Tenant']]
const OPERATOR: NavigationLink[] = [
  ['/tenants', 'Tenants'],
  ['/directory', 'Agent directory'],
  ['/evaluations', 'Evaluations'],
  ['/platform-incidents', 'Platform incidents'],
  ['/kill-switches', 'Kill switches'],
]

/** The pages that are of use to a person. Who may do what is the API's decision alone. */
export function linksFor(profile: Profile | undefined): NavigationLink[] {
  return [
    ...(isTenantPerson(profile) ? TENANT : []),
    ...(isTenantAdmin(profile) ? ADMIN : []),
    ...(isTenantPerson(profile) ? OWN : []),
    ...(mayHoldMore(profile) ? GUEST : []),
    ...(isOperator(profile) ? OPERATOR : []),
  ]
}
