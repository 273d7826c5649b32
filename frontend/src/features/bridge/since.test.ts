import { describe, expect, it } from 'vitest'

import { itemsOf, type Pages } from '@/api/pages'
import type { Run } from '@/api/types'
import { beginOf, since } from '@/features/bridge/since'
import { aRun } from '@/features/bridge/testing'

const NOW = Date.UTC(2026, 0, 2)
const at = (hoursAgo: number) =>
  aRun({ runId: `run_${hoursAgo}`, createdAt: new Date(NOW - hoursAgo * 3_600_000).toISOString() })
const listed = (...runs: Run[]) =>
  ({ data: { pages: [{ items: runs }], pageParams: [''] }, hasNextPage: true }) as unknown as Pages<Run>

describe('runs of a period', () => {
  it('are those that began in it, and the list ends with them', () => {
    const shown = since(listed(at(0.5), at(2)), beginOf('1h', NOW))
    expect(itemsOf(shown).map(({ runId }) => runId)).toEqual(['run_0.5'])
    expect(shown.hasNextPage).toBe(false)
  })

  it('go on while all that is known began in it', () => {
    expect(since(listed(at(0.5), at(2)), beginOf('24h', NOW)).hasNextPage).toBe(true)
  })

  it('are all runs where no period is chosen', () => {
    const list = listed(at(1000))
    expect(beginOf('', NOW)).toBeUndefined()
    expect(since(list, undefined)).toBe(list)
  })
})
