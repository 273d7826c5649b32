import { expect, it } from 'vitest'

import { partsOf, textOf } from '@/features/agents/registry/changes'

it('puts differences into the parts of a version, with both texts', () => {
  const parts = partsOf({
    versionId: 'ver_b',
    against: 'ver_a',
    changes: [
      { pointer: '/artifactDigest', before: 'aa', after: 'bb' },
      { pointer: '/manifest/tools', before: ['a'], after: ['a', 'b'] },
      { pointer: '/manifest/model/name', after: 'large' },
      { pointer: '/prompts/sub~1system', before: 'Be kind.' },
    ],
  })
  expect(parts.map(({ title }) => title)).toEqual(['Package', 'Manifest', 'Prompts'])
  expect(parts[1]?.changes).toEqual([
    { place: 'tools', before: '[\n  "a"\n]', after: '[\n  "a",\n  "b"\n]', kind: 'changed' },
    { place: 'model / name', before: '', after: 'large', kind: 'added' },
  ])
  expect(parts[2]?.changes[0]).toMatchObject({ place: 'sub/system', kind: 'removed', after: '' })
})

it('writes texts as they are and values as JSON', () => {
  expect([textOf('a\nb'), textOf(3), textOf(false), textOf(null)]).toEqual(['a\nb', '3', 'false', ''])
})
