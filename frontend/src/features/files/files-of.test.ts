import { describe, expect, it } from 'vitest'

import type { Json } from '@/api/types'
import { filesIn } from '@/features/files/files-of'

describe('the files an output names', () => {
  it('are those with an id and a name', () => {
    const output = {
      files: [{ fileId: 'fil_1', name: 'a.md', bytes: 3 }, { fileId: 1, name: 'b' }, null, 'x', [1]],
    }
    expect(filesIn(output)).toEqual([{ fileId: 'fil_1', name: 'a.md' }])
  })

  it.each<Json>(['text', null, 3, [1], {}, { files: 'none' }])('are none in %j', (output) => {
    expect(filesIn(output)).toEqual([])
  })
})
