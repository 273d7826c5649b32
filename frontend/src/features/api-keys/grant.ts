import type { Agent, Grant, NewApiKey, NewAwsCaller } from '@/api/types'
import type { Errors } from '@/lib/use-form'

/** What a machine can be let do, in the words of a person. */
export const SCOPES = [
  ['agents:invoke', 'Run agents'],
  ['agents:read', 'See the agents'],
  ['runs:read', 'See runs and jobs'],
  ['runs:cancel', 'Cancel runs'],
  ['sessions:read', 'See sessions'],
  ['schedules:read', 'See schedules'],
  ['schedules:write', 'Make and change schedules'],
  ['files:read', 'Read files'],
  ['files:write', 'Write and delete files'],
  ['tenant:read', 'See the tenant'],
  ['tenant:write', 'Change the tenant’s settings'],
  ['audit:read', 'Read the audit log'],
] as const

export interface GrantDraft {
  name: string
  scopes: string[]
  agents: string[]
  domains: string[]
  ipAllow: string
  ratePerSecond: string
}

export interface KeyDraft extends GrantDraft {
  expiresOn: string
}

export interface CallerDraft extends GrantDraft {
  roleArn: string
}

export const EMPTY_GRANT: GrantDraft = {
  name: '',
  scopes: [],
  agents: [],
  domains: [],
  ipAllow: '',
  ratePerSecond: '',
}

const MOST_DOMAINS = 20
const MOST_ADDRESSES = 32
const MOST_RATE = 1000
const ADDRESS = /^[0-9A-Fa-f:./]{2,50}$/
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/
const DAY_MS = 86_400_000

/** The domains that agents belong to, each once and by name. */
export const domainsOf = (agents: readonly Pick<Agent, 'domain'>[]): string[] =>
  [...new Set(agents.map(({ domain }) => domain))].sort()

/** One address or block a line; commas will do too. */
export const addressesIn = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

function addressProblem(addresses: string[]): string | undefined {
  const wrong = addresses.find((each) => !ADDRESS.test(each))
  if (wrong !== undefined) return `${wrong} is neither an address nor a block such as 192.0.2.0/24.`
  return addresses.length > MOST_ADDRESSES ? `At most ${MOST_ADDRESSES} addresses and blocks.` : undefined
}

function rateProblem(text: string): string | undefined {
  if (!text.trim()) return undefined
  const rate = Number(text)
  return Number.isInteger(rate) && rate >= 1 && rate <= MOST_RATE
    ? undefined
    : `A whole number from 1 to ${MOST_RATE}.`
}

export function checkGrant({
  name,
  scopes,
  domains,
  ipAllow,
  ratePerSecond,
}: GrantDraft): Errors<GrantDraft> {
  const addresses = addressProblem(addressesIn(ipAllow))
  const rate = rateProblem(ratePerSecond)
  return {
    ...(!name.trim() && { name: 'Give it a name that says what uses it.' }),
    ...(scopes.length === 0 && { scopes: 'Choose at least one.' }),
    ...(domains.length > MOST_DOMAINS && { domains: `At most ${MOST_DOMAINS} domains.` }),
    ...(addresses && { ipAllow: addresses }),
    ...(rate && { ratePerSecond: rate }),
  }
}

/** The last moment of a day, as the API wants it. */
const endOf = (day: string): string => `${day}T23:59:59Z`

/** The first and the last day a key may end on: a year is the limit, and its last day is not whole. */
export function endDays(now: number): { first: string; last: string } {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10)
  return { first: day(now), last: day(now + 364 * DAY_MS) }
}

export function checkKey(draft: KeyDraft, now = Date.now()): Errors<KeyDraft> {
  const { first, last } = endDays(now)
  const { expiresOn } = draft
  return {
    ...checkGrant(draft),
    ...(expiresOn &&
      (expiresOn < first || expiresOn > last) && { expiresOn: 'A day within the year to come.' }),
  }
}

export function checkCaller(draft: CallerDraft): Errors<CallerDraft> {
  const wrong = !ROLE.test(draft.roleArn.trim())
  return {
    ...(wrong && { roleArn: 'The ARN of a role, such as arn:aws:iam::123456789012:role/name.' }),
    ...checkGrant(draft),
  }
}

/** What is sent: what was left empty is not limited. */
function grantOf({ name, scopes, agents, domains, ipAllow, ratePerSecond }: GrantDraft): Grant {
  const addresses = addressesIn(ipAllow)
  return {
    name: name.trim(),
    scopes,
    ...(agents.length > 0 && { agents }),
    ...(domains.length > 0 && { domains }),
    ...(addresses.length > 0 && { ipAllow: addresses }),
    ...(ratePerSecond.trim() && { ratePerSecond: Number(ratePerSecond) }),
  }
}

export const keyOf = (draft: KeyDraft): NewApiKey => ({
  ...grantOf(draft),
  ...(draft.expiresOn && { expiresAt: endOf(draft.expiresOn) }),
})

export const callerOf = (draft: CallerDraft): NewAwsCaller => ({
  ...grantOf(draft),
  roleArn: draft.roleArn.trim(),
})
