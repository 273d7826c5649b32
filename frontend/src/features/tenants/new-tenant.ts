import type { NewTenant, Tier } from '@/api/types'
import type { Errors } from '@/lib/use-form'

export interface TenantDraft {
  id: string
  name: string
  tier: Tier
  monthlyBudget: string
  adminEmail: string
}

export const EMPTY: TenantDraft = { id: '', name: '', tier: 'basic', monthlyBudget: '', adminEmail: '' }

const SLUG = /^(?=.{3,32}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const DOLLARS = /^(0|[1-9]\d{0,8})(\.\d{1,12})?$/
const EMAIL = /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/

/** What can be seen to be wrong without asking. The API has the last word: an id may be taken, or reserved. */
export function checkTenant({ id, name, monthlyBudget, adminEmail }: TenantDraft): Errors<TenantDraft> {
  const budget = monthlyBudget.trim()
  const email = adminEmail.trim()
  return {
    ...(!SLUG.test(id.trim()) && {
      id: '3 to 32 characters of a-z, 0-9 and single hyphens; a letter first, no hyphen last.',
    }),
    ...(!name.trim() && { name: 'Give the organisation’s name.' }),
    ...(budget &&
      !DOLLARS.test(budget) && { monthlyBudget: 'US dollars as a plain number, such as 250.00.' }),
    ...(email && !EMAIL.test(email) && { adminEmail: 'This is not an e-mail address.' }),
  }
}

/** What is sent: fields left empty come from the tier. */
export function tenantOf({ id, name, tier, monthlyBudget, adminEmail }: TenantDraft): NewTenant {
  return {
    id: id.trim(),
    name: name.trim(),
    tier,
    ...(monthlyBudget.trim() && { monthlyBudget: monthlyBudget.trim() }),
    ...(adminEmail.trim() && { adminEmail: adminEmail.trim() }),
  }
}
