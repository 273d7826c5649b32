import { describe, expect, it } from 'vitest'

import { address, pageAddress } from '@/api/pages'

describe('the address of a page', () => {
  it('leaves out filters that say nothing', () =>
    expect(pageAddress('/v1/tenants', 25, { status: '', tier: undefined }, '')).toBe('/v1/tenants?limit=25'))

  it('carries filters and the cursor, encoded', () =>
    expect(pageAddress('/v1/tenants', 5, { tier: 'basic' }, 'a+b/=&x=1')).toBe(
      '/v1/tenants?limit=5&tier=basic&cursor=a%2Bb%2F%3D%26x%3D1',
    ))

  it('keeps an id from becoming a path', () =>
    expect(address('/v1/tenants', '../runs?x', '/suspend')).toBe('/v1/tenants/..%2Fruns%3Fx/suspend'))
})
