import { describe, expect, it } from 'vitest'

import { ApiProblem, problemOf, readProblem, retryAfter, UNREACHABLE } from '@/api/problem'

const answer = (body: string, status: number, headers: Record<string, string> = {}) =>
  readProblem(new Response(body, { status, headers }))

describe('reading a problem', () => {
  it('takes the members of problem+json', async () => {
    const body = {
      title: 'Invalid request body',
      detail: '1 problem(s)',
      code: 'INVALID_BODY',
      requestId: 'req-1',
      errors: [{ pointer: '/input', message: 'too long' }],
    }
    const { problem } = await answer(JSON.stringify(body), 400)
    expect(problem).toEqual({ ...body, status: 400 })
  })

  it.each(['<html>Bad gateway</html>', '', '"text"', '[1]', 'null'])(
    'makes do with the body %j',
    async (body) => {
      const { problem } = await answer(body, 502, { 'x-request-id': 'req-2' })
      expect(problem).toEqual({
        title: 'The request failed (502)',
        status: 502,
        requestId: 'req-2',
        errors: [],
      })
    },
  )

  it('leaves out members of another type', async () => {
    const { problem } = await answer(
      '{"title":1,"detail":{},"errors":[null,{"pointer":1},"x"],"code":""}',
      400,
    )
    expect(problem).toEqual({ title: 'The request failed (400)', status: 400, errors: [] })
  })

  it('says when to try again', async () => {
    const { problem } = await answer('{"title":"Too many requests"}', 429, { 'retry-after': '7' })
    expect(problem.retryAfterSeconds).toBe(7)
  })

  it('trusts the status of the response, not of the body', async () => {
    expect((await answer('{"status":200}', 500)).status).toBe(500)
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  it.each([
    ['0', 0],
    ['12', 12],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    [null, undefined],
  ])('%s is %s seconds', (header, seconds) => {
    expect(retryAfter(header, now)).toBe(seconds)
  })
})

describe('anything thrown', () => {
  it('is the problem that the API described', () => {
    const problem = { title: 'x', status: 404, errors: [] }
    expect(problemOf(new ApiProblem(problem))).toBe(problem)
  })

  it('is unreachability when fetch had no answer', () => {
    expect(problemOf(new TypeError('Failed to fetch'))).toBe(UNREACHABLE)
  })

  it('shows nothing of an error of our own', () => {
    expect(JSON.stringify(problemOf(new Error('secret internals')))).not.toContain('secret')
  })
})
