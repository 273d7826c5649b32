import { expect, it } from 'vitest'

import { condensed, difference, differs } from '@/lib/difference'

const told = (before: string, after: string) =>
  difference(before.replaceAll(' ', '\n'), after.replaceAll(' ', '\n'))
    .map(({ sign, text }) => sign + text)
    .join('|')

it.each([
  ['a b c', 'a b c', ' a| b| c'],
  ['a b c', 'a x c', ' a|-b|+x| c'],
  ['a c', 'a b c', ' a|+b| c'],
  ['a b c', 'a c', ' a|-b| c'],
  ['a b c d e', 'b x d e f', '-a| b|-c|+x| d| e|+f'],
  ['a a', 'a', ' a|-a'],
  ['a', 'a a', ' a|+a'],
  ['a', 'b', '-a|+b'],
])('of %s and %s is told line by line', (before, after, lines) => expect(told(before, after)).toBe(lines))

it('is none of what is the same', () => {
  expect(differs(difference('a\nb', 'a\nb'))).toBe(false)
  expect(differs(difference('a\nb', 'a'))).toBe(true)
})

it('has only additions to a text that was not there', () => {
  expect(difference('', 'a\nb')).toEqual([
    { sign: '+', text: 'a' },
    { sign: '+', text: 'b' },
  ])
  expect(difference('', '')).toEqual([])
})

it('leaves out what is far from any change, and never a single line', () => {
  const before = Array.from({ length: 12 }, (_, at) => `line ${at}`)
  const after = before.map((line, at) => (at === 5 ? 'changed' : line))
  const parts = condensed(difference(before.join('\n'), after.join('\n')), 2)
  expect(parts.map((part) => ('alike' in part ? part.alike : part.sign + part.text))).toEqual([
    3,
    ' line 3',
    ' line 4',
    '-line 5',
    '+changed',
    ' line 6',
    ' line 7',
    4,
  ])
  const near = condensed(difference('a\nb\nc', 'a\nb\nx'), 1)
  expect(near.map((part) => ('alike' in part ? part.alike : part.sign + part.text))).toEqual([
    ' a',
    ' b',
    '-c',
    '+x',
  ])
})
