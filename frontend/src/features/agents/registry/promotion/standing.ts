// How what people did about a version's gates stands, and why somebody may not act on it. The API decides by itself.
import type {
  Certification,
  Lineage,
  PromotionApproval,
  Override,
  Version,
  VersionNode,
} from '@/api/registry'
import type { Profile } from '@/api/types'
import { isMe } from '@/features/bff/session'
import { choicesFor } from '@/features/agents/registry/moves'

export const PLATFORM_ADMIN = 'Platform.Admin'

export type CertificationStanding = 'holds' | 'revoked' | 'expired' | 'does not count'

export function standingOf(one: Certification, now: number): CertificationStanding {
  if (one.revokedAt) return 'revoked'
  if (one.holds) return 'holds'
  return Date.parse(one.expiresAt) <= now ? 'expired' : 'does not count'
}

/** Whether a version may be approved from where it stands, through whatever gates. */
export const isApprovable = (node: VersionNode, lineage: Lineage): boolean =>
  choicesFor(node, lineage).some(({ move }) => move.to === 'approved')

/** Why a person cannot certify a version; undefined when they can. */
export const notToCertify = (version: Version, profile: Profile | undefined): string | undefined =>
  isMe(profile, version.createdBy)
    ? 'You registered this version: somebody else has to certify it.'
    : undefined

/** Why a person cannot decide about an approval; undefined when they can. */
export function notToDecide(
  one: PromotionApproval,
  version: Version,
  profile: Profile | undefined,
): string | undefined {
  if (isMe(profile, one.requestedBy)) return 'You asked for it: two others have to decide.'
  if (isMe(profile, version.createdBy)) return 'You registered this version: others have to decide.'
  if (one.votes.some(({ principalId }) => isMe(profile, principalId))) return 'You have decided already.'
  return undefined
}

const isAdmin = (profile: Profile | undefined): boolean => profile?.roles?.includes(PLATFORM_ADMIN) ?? false

/** Why a person cannot ask to go past closed gates; undefined when they can. */
export function notToBreak(closed: number, approvable: boolean, profile: Profile | undefined) {
  if (!approvable) return 'It cannot be approved from where it stands, not even so.'
  if (closed === 0) return 'No gate is closed: approve it as usual.'
  return isAdmin(profile) ? undefined : `By ${PLATFORM_ADMIN}.`
}

/** Why a person cannot confirm what another asked for; undefined when they can. */
export function notToConfirm(one: Override, profile: Profile | undefined): string | undefined {
  if (!isAdmin(profile)) return `By another ${PLATFORM_ADMIN} than who asked.`
  return isMe(profile, one.requestedBy) ? `You asked for it: another ${PLATFORM_ADMIN} confirms.` : undefined
}
