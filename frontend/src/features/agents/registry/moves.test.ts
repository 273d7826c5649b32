import { describe, expect, it } from 'vitest'

import { choicesFor, earlier, mayMake, placeOf } from '@/features/agents/registry/moves'
import { aLineage, aNode } from '@/features/agents/registry/testing'

const keys = (...asked: Parameters<typeof choicesFor>) => choicesFor(...asked).map(({ key }) => key)

describe('what may become of a version', () => {
  it('is what the API’s table says of its state', () => {
    expect(keys(aNode('a', undefined, 'draft'), aLineage())).toEqual(['candidate'])
    expect(keys(aNode('a', undefined, 'retired'), aLineage())).toEqual([])
  })

  it('is an approval as the default, and beside it only where there is a default', () => {
    expect(keys(aNode('a'), aLineage())).toEqual(['approved', 'quarantined'])
    const lineage = aLineage({ approvedVersionId: 'z' })
    expect(keys(aNode('a'), lineage)).toEqual(['approved', 'approved-second', 'quarantined'])
    const [first, second] = choicesFor(aNode('a'), lineage)
    expect([first?.asDefault, second?.asDefault]).toEqual([true, false])
    expect(first?.means).toContain('the default until now is deprecated')
  })

  it('lets the second version become the default, through the gates of an approval', () => {
    const lineage = aLineage({ approvedVersionId: 'z', secondVersionId: 'a' })
    const [first] = choicesFor(aNode('a', undefined, 'approved'), lineage)
    expect([first?.label, first?.asDefault, first?.move.gates]).toEqual([
      'Make it the default',
      true,
      ['evaluation', 'policy'],
    ])
  })

  it('says when nobody can run the agent afterwards', () => {
    const node = aNode('a', undefined, 'approved')
    const alone = (lineage: Parameters<typeof choicesFor>[1]) =>
      choicesFor(node, lineage)
        .filter(({ means }) => means.includes('no tenant can run this agent'))
        .map(({ key }) => key)
    expect(alone(aLineage({ approvedVersionId: 'a' }))).toEqual(['deprecated', 'quarantined'])
    expect(alone(aLineage({ approvedVersionId: 'z' }))).toEqual([])
  })

  it('is offered to those with a role of its row', () => {
    const [back] = choicesFor(aNode('a', undefined, 'quarantined'), aLineage())
    if (!back) throw new Error('there is a way out of quarantine')
    expect(mayMake(back.move, ['Platform.Operator'])).toBe(false)
    expect(mayMake(back.move, ['Platform.Operator', 'Platform.Admin'])).toBe(true)
  })
})

it('a rollback goes back to what was approved, the last first', () => {
  const items = [
    { ...aNode('a', undefined, 'deprecated'), approvedAt: '2026-01-01T00:00:00Z' },
    { ...aNode('b', undefined, 'deprecated'), approvedAt: '2026-01-03T00:00:00Z' },
    aNode('c', undefined, 'deprecated'),
    { ...aNode('d', undefined, 'approved'), approvedAt: '2026-01-04T00:00:00Z' },
  ]
  expect(earlier(aLineage({ items })).map(({ versionId }) => versionId)).toEqual(['b', 'a'])
})

it('knows how a version is used', () => {
  const lineage = aLineage({ approvedVersionId: 'a', secondVersionId: 'b' })
  expect(['a', 'b', 'c'].map((id) => placeOf(lineage, id))).toEqual(['default', 'second', undefined])
})
