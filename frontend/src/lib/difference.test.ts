import { expect, it } from 'vitest'

import { difference, differs } from '@/lib/difference'

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
