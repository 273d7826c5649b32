import { describe, expect, it } from 'vitest'

import { linksFor } from '@/app/navigation'
import { homeOf } from '@/features/bff/session'

const labels = (profile: { tenantId?: string; roles: string[] } | undefined) =>
  linksFor(profile && { subject: 'u-1', ...profile }).map(([, label]) => label)

describe('the navigation', () => {
  it('leads an operator to tenants and to no tenant’s pages', () =>
    expect(labels({ roles: ['Platform.Operator'] })).toEqual([
      'Tenants',
      'Agent directory',
      'Evaluations',
      'Platform incidents',
      'Kill switches',
    ]))

  it('leads a tenant’s people to their own pages', () => {
    const shown = labels({ tenantId: 'acme', roles: ['Tenant.Viewer'] })
    expect(shown).toContain('Agents')
    expect(shown).not.toContain('Tenants')
    expect(shown).not.toContain('API keys')
  })

  it('leads a tenant’s administrator to its keys', () =>
    expect(labels({ tenantId: 'acme', roles: ['Tenant.Admin'] })).toContain('API keys'))

  it.each([[], ['Tenant.Guest']])(
    'leads one without a role by the provider (%o) to where an invite is accepted',
    (...roles) => {
      const shown = labels({ tenantId: 'acme', roles })
      expect(shown).toContain('Accept an invite')
      expect(shown).toContain('Members') // they may hold a role by record: the API decides
    },
  )

  it('has no invite to accept for those with a role', () =>
    expect(labels({ tenantId: 'acme', roles: ['Tenant.Viewer'] })).not.toContain('Accept an invite'))

  it('leads nobody anywhere before it knows who is there', () => expect(labels(undefined)).toEqual([]))

  it.each([
    [{ subject: 'u-1', roles: ['Platform.Admin'] }, '/tenants'],
    [{ subject: 'u-1', tenantId: 'acme', roles: ['Tenant.Admin'] }, '/agents'],
    [undefined, '/agents'],
  ])('begins where the person works: %o', (profile, home) => expect(homeOf(profile)).toBe(home))
})
