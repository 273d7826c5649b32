import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { forgetToken } from '@/api/token'
import { exportLog, nextPiece } from '@/features/audit/export'

const NEXT = '/v1/audit/export?format=csv&after=2&through=3'

describe('the next piece', () => {
  it.each([
    [`<${NEXT}>; rel="next"`, NEXT],
    [`</other>; rel="prev", <${NEXT}>; rel="next"`, NEXT],
    [null, undefined],
    ['', undefined],
    [`<${NEXT}>; rel="prev"`, undefined],
    ['<https://evil.test/v1/audit/export?x>; rel="next"', undefined],
    ['</v1/runs?limit=1>; rel="next"', undefined],
  ])('of %o is %o', (link, next) => expect(nextPiece(link)).toBe(next))
})

describe('an export', () => {
  const answers: Record<string, [text: string, link?: string]> = {}
  const asked: string[] = []
  beforeEach(() => {
    forgetToken()
    asked.length = 0
    vi.stubGlobal('fetch', (path: string) => {
      if (path === '/bff/token') {
        return Promise.resolve(new Response(JSON.stringify({ accessToken: 't', expiresIn: 300 })))
      }
      asked.push(path)
      const [text, link] = answers[path] ?? ['']
      return Promise.resolve(new Response(text, { headers: link ? { link } : {} }))
    })
  })
  afterEach(() => vi.unstubAllGlobals())

  it('is put together from its pieces with one heading', async () => {
    answers['/v1/audit/export?format=csv'] = ['seq,time\r\n1,a\r\n2,b\r\n', `<${NEXT}>; rel="next"`]
    answers[NEXT] = ['seq,time\r\n3,c\r\n']
    const told: number[] = []
    const pieces = await exportLog('csv', (count) => told.push(count))
    expect(pieces.join('')).toBe('seq,time\r\n1,a\r\n2,b\r\n3,c\r\n')
    expect(told).toEqual([1, 2])
  })

  it('of JSON lines loses no line', async () => {
    const next = '/v1/audit/export?format=jsonl&after=1&through=2'
    answers['/v1/audit/export?format=jsonl'] = ['{"seq":1}\n', `<${next}>; rel="next"`]
    answers[next] = ['{"seq":2}\n']
    expect((await exportLog('jsonl', () => undefined)).join('')).toBe('{"seq":1}\n{"seq":2}\n')
    expect(asked).toEqual(['/v1/audit/export?format=jsonl', next])
  })
})
