import { expect, it } from 'vitest'

import { lineOf, rangeOf } from '@/features/policies/place'

const TEXT = `{
  "autonomyTier": 3,
  "tools": [
    {"name": "files.read"},
    {
      "name": "a, \\"b\\": {c",
      "constraints": [{ "argument": "/x", "min": 1 }]
    }
  ],
  "a/b": {
    "c~d": true
  }
}`

it.each([
  ['', 1],
  ['/autonomyTier', 2],
  ['/tools', 3],
  ['/tools/0', 4],
  ['/tools/0/name', 4],
  ['/tools/1', 5],
  ['/tools/1/name', 6],
  ['/tools/1/constraints/0/min', 7],
  ['/a~1b', 10],
  ['/a~1b/c~0d', 11],
])('finds %s', (pointer, line) => expect(lineOf(TEXT, pointer)).toBe(line))

it('finds the nearest place around what is not there', () => {
  expect(lineOf(TEXT, '/tools/1/nothing/here')).toBe(5)
  expect(lineOf(TEXT, '/nothing')).toBe(1)
  expect(lineOf('', '/a')).toBe(1)
})

it('does not stumble over what is no JSON', () => expect(lineOf('{"a": ]}\n{x: 1,', '/x')).toBe(2))

it('tells where a line begins and ends', () => {
  expect(rangeOf('ab\ncde\nf', 2)).toEqual([3, 6])
  expect(rangeOf('ab', 9)).toEqual([3, 3])
})
