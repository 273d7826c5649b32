import { describe, expect, it } from 'vitest'

import {
  callerOf,
  checkCaller,
  checkKey,
  domainsOf,
  EMPTY_GRANT,
  endDays,
  keyOf,
  type KeyDraft,
} from '@/features/api-keys/grant'

const NOW = Date.UTC(2026, 0, 15, 12)
const good: KeyDraft = { ...EMPTY_GRANT, name: 'CI', scopes: ['agents:read'], expiresOn: '' }
const wrong = (changes: Partial<KeyDraft>) => Object.keys(checkKey({ ...good, ...changes }, NOW))

describe('a new key', () => {
  it('needs a name and a scope', () => expect(wrong({ name: ' ', scopes: [] })).toEqual(['name', 'scopes']))

  it.each(['nonsense', '10.0.0.1\nevil.test', '1.2.3.4 <script>'])('cannot be bound to %o', (ipAllow) =>
    expect(wrong({ ipAllow })).toEqual(['ipAllow']),
  )
  it.each(['', '192.0.2.1', '192.0.2.0/24, 2001:db8::/32', '192.0.2.1\n\n2001:db8::1'])(
    'can be bound to %o',
    (ipAllow) => expect(wrong({ ipAllow })).toEqual([]),
  )
  it('is bound to 32 blocks at most', () => {
    const block = (count: number) => Array.from({ length: count }, (_, last) => `10.0.0.${last}`).join('\n')
    expect(wrong({ ipAllow: block(32) })).toEqual([])
    expect(wrong({ ipAllow: block(33) })).toEqual(['ipAllow'])
  })

  it('is for 20 domains at most, of those that agents have', () => {
    const domains = (count: number) => Array.from({ length: count }, (_, number) => `d${number}`)
    expect(wrong({ domains: domains(20) })).toEqual([])
    expect(wrong({ domains: domains(21) })).toEqual(['domains'])
    expect(domainsOf([{ domain: 'hr' }, { domain: 'finance' }, { domain: 'hr' }])).toEqual(['finance', 'hr'])
  })

  it.each(['0', '1001', '1.5', '-1', 'many'])('has no rate of %o', (ratePerSecond) =>
    expect(wrong({ ratePerSecond })).toEqual(['ratePerSecond']),
  )
  it.each(['', '1', '1000'])('can have a rate of %o', (ratePerSecond) =>
    expect(wrong({ ratePerSecond })).toEqual([]),
  )

  it('ends within the year to come', () => {
    expect(endDays(NOW)).toEqual({ first: '2026-01-15', last: '2027-01-14' })
    expect(wrong({ expiresOn: '2026-01-14' })).toEqual(['expiresOn'])
    expect(wrong({ expiresOn: '2026-01-15' })).toEqual([])
    expect(wrong({ expiresOn: '2027-01-14' })).toEqual([])
    expect(wrong({ expiresOn: '2027-01-15' })).toEqual(['expiresOn'])
  })

  it('leaves out what was left empty', () =>
    expect(keyOf({ ...good, name: ' CI ' })).toEqual({ name: 'CI', scopes: ['agents:read'] }))

  it('carries its limits', () =>
    expect(
      keyOf({
        ...good,
        agents: ['echo-agent'],
        domains: ['finance'],
        ipAllow: '192.0.2.1,\n2001:db8::/32 ',
        ratePerSecond: '5',
        expiresOn: '2026-02-01',
      }),
    ).toEqual({
      name: 'CI',
      scopes: ['agents:read'],
      agents: ['echo-agent'],
      domains: ['finance'],
      ipAllow: ['192.0.2.1', '2001:db8::/32'],
      ratePerSecond: 5,
      expiresAt: '2026-02-01T23:59:59Z',
    }))
})

describe('an AWS caller', () => {
  const caller = { ...EMPTY_GRANT, name: 'CI', scopes: ['agents:read'], roleArn: '' }

  it.each(['', 'role', 'arn:aws:iam::123456789012:user/ci', 'arn:aws:iam::1234:role/ci'])(
    'is not %o',
    (roleArn) => expect(Object.keys(checkCaller({ ...caller, roleArn }))).toEqual(['roleArn']),
  )
  it('is a role', () => {
    const roleArn = 'arn:aws:iam::123456789012:role/ci'
    expect(checkCaller({ ...caller, roleArn })).toEqual({})
    expect(callerOf({ ...caller, roleArn: ` ${roleArn} ` })).toEqual({
      name: 'CI',
      scopes: ['agents:read'],
      roleArn,
    })
  })
})
