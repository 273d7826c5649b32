import { describe, expect, it } from 'vitest'

import { checkInvite, inviteOf, roleNames } from '@/features/members/roles'

const good = { email: 'new@acme.test', roles: ['Tenant.Viewer'], expiresInDays: '7' }

describe('an invite', () => {
  it('is right with an address, a role and some days', () => expect(checkInvite(good)).toEqual({}))

  it.each(['', 'nobody', 'a@b', 'a b@c.test', 'a@b.test, c@d.test'])('is not for %o', (email) =>
    expect(Object.keys(checkInvite({ ...good, email }))).toEqual(['email']),
  )
  it('gives at least one role', () =>
    expect(Object.keys(checkInvite({ ...good, roles: [] }))).toEqual(['roles']))

  it.each(['0', '31', '', '1.5', '-1', 'week', '1e1'])('does not last %o days', (expiresInDays) =>
    expect(Object.keys(checkInvite({ ...good, expiresInDays }))).toEqual(['expiresInDays']),
  )
  it.each(['1', '30'])('lasts %o days', (expiresInDays) =>
    expect(checkInvite({ ...good, expiresInDays })).toEqual({}),
  )

  it('is sent with a number of days and a bare address', () =>
    expect(inviteOf({ ...good, email: ' new@acme.test ' })).toEqual({
      email: 'new@acme.test',
      roles: ['Tenant.Viewer'],
      expiresInDays: 7,
    }))
})

it('says roles without their prefix', () =>
  expect(roleNames(['Tenant.Admin', 'Tenant.Viewer'])).toBe('Admin, Viewer'))
