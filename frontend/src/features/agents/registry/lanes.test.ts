import { describe, expect, it } from 'vitest'

import { lanesOf, widthOf } from '@/features/agents/registry/lanes'
import { aNode } from '@/features/agents/registry/testing'

const shape = (nodes: Parameters<typeof lanesOf>[0]) =>
  lanesOf(nodes).map(({ node, lane, fromChild, passes, goesOn }) => [
    node.versionId,
    lane,
    fromChild,
    passes,
    goesOn,
  ])

describe('the lanes of a lineage', () => {
  it('draws a chain in one lane, newest first', () => {
    expect(shape([aNode('a'), aNode('b', 'a'), aNode('c', 'b')])).toEqual([
      ['c', 0, false, [], 0],
      ['b', 0, true, [], 0],
      ['a', 0, true, [], undefined],
    ])
  })

  it('lets siblings share the line to their parent', () => {
    expect(shape([aNode('a'), aNode('b', 'a'), aNode('c', 'a')])).toEqual([
      ['c', 0, false, [], 0],
      ['b', 1, false, [0], 0],
      ['a', 0, true, [], undefined],
    ])
  })

  it('needs two lanes for any number of siblings', () => {
    const many = Array.from({ length: 30 }, (_, at) => aNode(`b${at}`, 'a'))
    expect(widthOf(lanesOf([aNode('a'), ...many]))).toBe(2)
  })

  it('brings a branch of its own back to where it began', () => {
    expect(shape([aNode('a'), aNode('b', 'a'), aNode('c', 'b'), aNode('d', 'a')])).toEqual([
      ['d', 0, false, [], 0],
      ['c', 1, false, [0], 1],
      ['b', 1, true, [0], 0],
      ['a', 0, true, [], undefined],
    ])
  })

  it('takes a parent that is not there for none', () => {
    expect(shape([aNode('b', 'gone')])).toEqual([['b', 0, false, [], undefined]])
  })

  it('needs one lane for nothing', () => expect(widthOf(lanesOf([]))).toBe(1))
})
