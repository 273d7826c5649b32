import { expect, it } from 'vitest'

import { remaining } from '@/features/approvals/remaining'

const NOW = Date.parse('2026-01-02T03:00:00.000Z')

it.each([
  ['2026-01-02T03:00:01.900Z', '1 s'],
  ['2026-01-02T03:59:59.000Z', '59 min 59 s'],
  ['2026-01-04T02:30:00.000Z', '47 h 30 min'],
  ['2026-01-02T03:00:00.999Z', undefined],
  ['2026-01-02T02:59:00.000Z', undefined],
  ['no time', undefined],
])('until %s there is %s', (until, left) => expect(remaining(until, NOW)).toBe(left))
