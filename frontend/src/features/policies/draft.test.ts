import { expect, it } from 'vitest'

import { ApiProblem } from '@/api/problem'
import { faultsOf, isStale, read, written } from '@/features/policies/draft'

const problem = (status: number, ...errors: { pointer: string; message: string }[]) =>
  new ApiProblem({ title: 'Refused', status, errors })

it('reads what it has written', () => {
  const override = { tools: [{ name: 'files.*' }] }
  expect(read(written(override))).toEqual({ override, faults: [] })
  expect(written(undefined)).toBe('{}')
})

it.each(['[]', '1', 'null', '"x"'])('takes %s for no override', (text) => {
  expect(read(text).override).toBeUndefined()
  expect(read(text).faults).toHaveLength(1)
})

it('says on which line a text stops being JSON', () => {
  expect(read('{\n  "a": 1,\n  oops\n}').faults[0]?.line).toBe(3)
})

it('puts what the API found to the lines of the text', () => {
  const text = '{\n  "autonomyTier": 3,\n  "tools": [\n    {"name": "*"}\n  ]\n}'
  const found = faultsOf(
    problem(
      422,
      { pointer: '/override/tools/0/name', message: 'beyond' },
      { pointer: '/shadow/autonomyTier', message: 'too high' },
      { pointer: '/override', message: 'too large' },
      { pointer: '/name', message: 'not here' },
    ),
    text,
  )
  expect(found.map(({ line, pointer }) => [line, pointer])).toEqual([
    [4, '/tools/0/name'],
    [2, '/autonomyTier'],
    [1, ''],
  ])
  expect(faultsOf(new Error('x'), text)).toEqual([])
})

it('knows a change that came too late', () => {
  expect(isStale(problem(412))).toBe(true)
  expect(isStale(problem(409))).toBe(false)
})
