import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

import { readProblem } from '@/api/problem'
import { CSRF_HEADERS, forgetToken, onSessionEnd } from '@/api/token'
import type { Profile, WebSession } from '@/api/types'

const KEEP_ALIVE_MS = 5 * 60_000
const KEY = ['session'] as const

async function readSession(): Promise<WebSession> {
  const response = await fetch('/bff/session', {
    headers: { accept: 'application/json' },
    credentials: 'same-origin',
  })
  if (!response.ok) throw await readProblem(response)
  return (await response.json()) as WebSession
}

/** Who is signed in. Asked again every few minutes while the page is looked at, which keeps the session alive. */
export function useSession() {
  const client = useQueryClient()
  useEffect(
    () => onSessionEnd(() => client.setQueryData<WebSession>(KEY, { authenticated: false })),
    [client],
  )
  return useQuery({ queryKey: KEY, queryFn: readSession, refetchInterval: KEEP_ALIVE_MS, staleTime: 60_000 })
}

export function useProfile(): Profile | undefined {
  return useSession().data?.user ?? undefined
}

const INVOKERS = new Set(['Tenant.Developer', 'Tenant.Admin'])

/** Whether the person may run agents. Only the page's manners depend on it: the API decides by itself. */
export function mayInvoke(profile: Profile | undefined): boolean {
  return mayHoldMore(profile) || (profile?.roles?.some((role) => INVOKERS.has(role)) ?? false)
}

const OPERATORS = new Set(['Platform.Operator', 'Platform.Admin'])

export const isOperator = (profile: Profile | undefined): boolean =>
  profile?.roles?.some((role) => OPERATORS.has(role)) ?? false

/** Whether the person belongs to a tenant: operators do not. */
export const isTenantPerson = (profile: Profile | undefined): boolean => Boolean(profile?.tenantId)

/** A person whom the tenant's provider gives no role may hold one by the tenant's own record, which the API knows. */
export const mayHoldMore = (profile: Profile | undefined): boolean =>
  isTenantPerson(profile) &&
  !profile?.roles?.some((role) => role.startsWith('Tenant.') && role !== 'Tenant.Guest')

export const isTenantAdmin = (profile: Profile | undefined): boolean =>
  mayHoldMore(profile) || (isTenantPerson(profile) && (profile?.roles?.includes('Tenant.Admin') ?? false))

/** Whether a record of the API names this person: `usr:`, which provider, the subject. The API compares for itself. */
export const isMe = (profile: Profile | undefined, principalId: string): boolean =>
  profile?.subject === principalId.split(':').slice(2).join(':')

/** Where a person begins. */
export const homeOf = (profile: Profile | undefined): string =>
  isOperator(profile) && !isTenantPerson(profile) ? '/tenants' : '/agents'

export function signInAddress(returnTo: string, again: boolean): string {
  const query = new URLSearchParams({ returnTo, ...(again && { prompt: 'login' }) })
  return `/bff/login?${query.toString()}`
}

/** End the session on the server, then leave every page of it behind, the memory of this tab included. */
export async function signOut(): Promise<void> {
  forgetToken()
  await fetch('/bff/logout', { method: 'POST', headers: CSRF_HEADERS, credentials: 'same-origin' }).catch(
    () => undefined,
  )
  window.location.assign('/signed-out')
}
