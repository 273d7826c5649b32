import { describe, expect, it } from 'vitest'

import { checkTenant, EMPTY, tenantOf } from '@/features/tenants/new-tenant'

const good = { ...EMPTY, id: 'acme-2', name: 'Acme' }

describe('a new tenant', () => {
  it.each(['ab', 'Acme', '2acme', 'acme-', 'ac--me', 'a'.repeat(33), 'acme_2', ''])(
    'cannot have the id %o',
    (id) => expect(Object.keys(checkTenant({ ...good, id }))).toEqual(['id']),
  )
  it.each(['abc', 'acme-2', 'a1-b2-c3', 'a'.repeat(32)])('can have the id %o', (id) =>
    expect(checkTenant({ ...good, id })).toEqual({}),
  )
  it.each(['1,000', '-5', '1e3', '$5', '01', '1234567890', '.5'])(
    'cannot have a budget of %o',
    (monthlyBudget) =>
      expect(Object.keys(checkTenant({ ...good, monthlyBudget }))).toEqual(['monthlyBudget']),
  )
  it.each(['', '0', '250.00', '0.000000000001'])('can have a budget of %o', (monthlyBudget) =>
    expect(checkTenant({ ...good, monthlyBudget })).toEqual({}),
  )
  it('needs a name, and an address that is one', () =>
    expect(Object.keys(checkTenant({ ...good, name: ' ', adminEmail: 'nobody' }))).toEqual([
      'name',
      'adminEmail',
    ]))

  it('leaves to the tier what was left empty', () =>
    expect(tenantOf({ ...good, name: ' Acme ', adminEmail: ' ' })).toEqual({
      id: 'acme-2',
      name: 'Acme',
      tier: 'basic',
    }))
  it('carries what was filled in', () =>
    expect(tenantOf({ ...good, monthlyBudget: '5', adminEmail: 'a@b.test' })).toMatchObject({
      monthlyBudget: '5',
      adminEmail: 'a@b.test',
    }))
})
