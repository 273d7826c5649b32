import type { NewInvite } from '@/api/types'
import type { Errors } from '@/lib/use-form'

export const ROLES = [
  ['Tenant.Viewer', 'Viewer: sees agents, runs and files'],
  ['Tenant.Developer', 'Developer: runs agents, too'],
  ['Tenant.Admin', 'Administrator: keys, members and settings, too'],
] as const

/** Roles as a person says them. */
export const roleNames = (roles: readonly string[]): string =>
  roles.map((role) => role.replace(/^Tenant\./, '')).join(', ')

export interface InviteDraft {
  email: string
  roles: string[]
  expiresInDays: string
}

export const EMPTY_INVITE: InviteDraft = { email: '', roles: [], expiresInDays: '7' }

const MOST_DAYS = 30
const EMAIL = /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/
const WHOLE = /^\d{1,3}$/

export function checkInvite({ email, roles, expiresInDays }: InviteDraft): Errors<InviteDraft> {
  const days = WHOLE.test(expiresInDays.trim()) ? Number(expiresInDays) : 0
  return {
    ...(!EMAIL.test(email.trim()) && { email: 'This is not an e-mail address.' }),
    ...checkRoles({ roles }),
    ...((days < 1 || days > MOST_DAYS) && { expiresInDays: `A whole number from 1 to ${MOST_DAYS}.` }),
  }
}

export const checkRoles = ({ roles }: { roles: string[] }): Errors<{ roles: string[] }> =>
  roles.length === 0 ? { roles: 'Choose at least one. To keep somebody out, disable them.' } : {}

export const inviteOf = ({ email, roles, expiresInDays }: InviteDraft): NewInvite => ({
  email: email.trim(),
  roles,
  expiresInDays: Number(expiresInDays),
})
