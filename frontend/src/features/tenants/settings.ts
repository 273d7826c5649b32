import type { Tenant, TenantSettings } from '@/api/types'
import type { Errors } from '@/lib/use-form'

export interface SettingsDraft {
  name: string
  adminEmail: string
}

const EMAIL = /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/
const LONGEST_NAME = 100

export const draftOf = ({ name, adminEmail }: Tenant): SettingsDraft => ({
  name,
  adminEmail: adminEmail ?? '',
})

/** What is wrong with a draft of `tenant`'s settings. An address once given can be changed, not taken away. */
export function checkSettings(tenant: Tenant, { name, adminEmail }: SettingsDraft): Errors<SettingsDraft> {
  const email = adminEmail.trim()
  const missing = !email && Boolean(tenant.adminEmail)
  return {
    ...(!name.trim() && { name: 'Give the organisation’s name.' }),
    ...(name.trim().length > LONGEST_NAME && { name: `At most ${LONGEST_NAME} characters.` }),
    ...((missing || (email && !EMAIL.test(email))) && { adminEmail: 'This is not an e-mail address.' }),
  }
}

/** What differs from `tenant`; undefined when nothing does. */
export function changesOf(tenant: Tenant, draft: SettingsDraft): TenantSettings | undefined {
  const before = draftOf(tenant)
  const name = draft.name.trim()
  const adminEmail = draft.adminEmail.trim()
  const changes: TenantSettings = {
    ...(name !== before.name && { name }),
    ...(adminEmail !== before.adminEmail && { adminEmail }),
  }
  return Object.keys(changes).length > 0 ? changes : undefined
}
