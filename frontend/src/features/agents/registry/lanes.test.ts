import { describe, expect, it } from 'vitest'

import { lanesOf, widthOf } from '@/features/agents/registry/lanes'
import { aNode } from '@/features/agents/registry/testing'

const shape = (nodes: Parameters<typeof lanesOf>[0]) =>
  lanesOf(nodes).map(({ node, lane, joins, passes, goesOn }) => ({
    id: node.versionId,
    lane,
    joins,
    passes,
    goesOn,
  }))

describe('the lanes of a lineage', () => {
  it('draws a chain in one lane, newest first', () => {
    const rows = lanesOf([aNode('a'), aNode('b', 'a'), aNode('c', 'b')])
    expect(rows.map(({ node, lane, goesOn }) => [node.versionId, lane, goesOn])).toEqual([
      ['c', 0, true],
      ['b', 0, true],
      ['a', 0, false],
    ])
    expect(widthOf(rows)).toBe(1)
  })

  it('lets siblings join at their parent', () => {
    expect(shape([aNode('a'), aNode('b', 'a'), aNode('c', 'a')])).toEqual([
      { id: 'c', lane: 0, joins: [], passes: [], goesOn: true },
      { id: 'b', lane: 1, joins: [], passes: [0], goesOn: true },
      { id: 'a', lane: 0, joins: [0, 1], passes: [], goesOn: false },
    ])
  })

  it('uses the lane of a branch that ended again, and takes an unknown parent for none', () => {
    const rows = lanesOf([aNode('a'), aNode('b', 'gone'), aNode('c', 'a'), aNode('d', 'b')])
    expect(rows.map(({ lane }) => lane)).toEqual([0, 1, 0, 1])
    expect(rows.map(({ goesOn }) => goesOn)).toEqual([true, true, false, false])
    expect(widthOf(rows)).toBe(2)
  })

  it('needs one lane for nothing', () => expect(widthOf(lanesOf([]))).toBe(1))
})
