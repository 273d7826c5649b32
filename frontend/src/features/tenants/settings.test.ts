import { describe, expect, it } from 'vitest'

import { changesOf, checkSettings } from '@/features/tenants/settings'

const acme = { id: 'acme', name: 'Acme', tier: 'basic', status: 'active', adminEmail: 'a@acme.test' }
const draft = { name: 'Acme', adminEmail: 'a@acme.test' }

describe('a tenant’s settings', () => {
  it('change only where they differ', () => {
    expect(changesOf(acme, draft)).toBeUndefined()
    expect(changesOf(acme, { ...draft, name: ' Acme ' })).toBeUndefined()
    expect(changesOf(acme, { ...draft, name: 'Acme SE' })).toEqual({ name: 'Acme SE' })
    expect(changesOf(acme, { ...draft, adminEmail: 'b@acme.test' })).toEqual({ adminEmail: 'b@acme.test' })
    expect(changesOf({ ...acme, adminEmail: null }, { ...draft, adminEmail: '' })).toBeUndefined()
  })

  it.each([
    [{ name: ' ' }, ['name']],
    [{ name: 'a'.repeat(101) }, ['name']],
    [{ adminEmail: 'nobody' }, ['adminEmail']],
    [{ adminEmail: '' }, ['adminEmail']],
    [{ name: 'a'.repeat(100), adminEmail: 'b@c.test' }, []],
  ])('%o are wrong in %o', (changes, wrong) =>
    expect(Object.keys(checkSettings(acme, { ...draft, ...changes }))).toEqual(wrong),
  )

  it('need no address where there was none', () =>
    expect(checkSettings({ ...acme, adminEmail: null }, { ...draft, adminEmail: '' })).toEqual({}))
})
