import type { Schedule } from '@/api/automation'
import type { Profile } from '@/api/types'
import { isMe, isTenantAdmin, mayInvoke } from '@/features/bff/session'

/** What a person is offered: a schedule runs as who made it, who alone changes it; administrators stop any. */
export function rightsOf(profile: Profile | undefined, schedule: Schedule) {
  const own = mayInvoke(profile) && isMe(profile, schedule.createdBy)
  const stops = own || isTenantAdmin(profile)
  const { status } = schedule
  return {
    edit: own,
    run: own && status === 'active',
    resume: own && (status === 'paused' || status === 'stopped'),
    pause: stops && status === 'active',
    remove: stops,
  }
}
