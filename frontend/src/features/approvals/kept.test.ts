import { renderHook } from '@testing-library/react'
import { expect, it } from 'vitest'

import { useKept } from '@/features/approvals/kept'

it('puts what comes below what is there, and takes nothing away', () => {
  const { result, rerender } = renderHook(({ ids }) => useKept(ids), {
    initialProps: { ids: ['apr_2', 'apr_1'] },
  })
  expect(result.current).toEqual(['apr_1', 'apr_2'])
  rerender({ ids: ['apr_3', 'apr_2'] })
  expect(result.current).toEqual(['apr_1', 'apr_2', 'apr_3'])
  rerender({ ids: [] })
  expect(result.current).toEqual(['apr_1', 'apr_2', 'apr_3'])
})
