import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { call, getJson, postJson } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import { accessToken, forgetToken, onSessionEnd } from '@/api/token'

type Handler = (path: string, init: RequestInit) => Response

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })
let calls: [string, RequestInit][] = []
let handler: Handler

const token = (expiresIn = 300) => json({ accessToken: `token-${calls.length}`, expiresIn })
const header = (index: number, name: string) => new Headers(calls[index]?.[1].headers).get(name)

beforeEach(() => {
  calls = []
  forgetToken()
  vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
    calls.push([path, init])
    return Promise.resolve(handler(path, init))
  })
})
afterEach(() => vi.unstubAllGlobals())

describe('the access token', () => {
  it('is asked for once however many callers wait', async () => {
    handler = () => token()
    expect(await Promise.all([accessToken(), accessToken(), accessToken()])).toEqual([
      'token-1',
      'token-1',
      'token-1',
    ])
    expect(calls).toHaveLength(1)
  })

  it('is renewed before it ends', async () => {
    handler = () => token(60)
    let now = 0
    await accessToken(() => now)
    now = 39_000
    expect(await accessToken(() => now)).toBe('token-1')
    now = 41_000
    expect(await accessToken(() => now)).toBe('token-2')
  })

  it('is asked for with the header that other origins cannot send', async () => {
    handler = () => token()
    await accessToken()
    expect(header(0, 'x-ambit-csrf')).toBe('1')
  })

  it('is asked for again after a failure', async () => {
    handler = () => json({ title: 'down' }, 503)
    await expect(accessToken()).rejects.toThrow(ApiProblem)
    handler = () => token()
    expect(await accessToken()).toBe('token-2')
  })

  it('is kept in no storage', async () => {
    handler = () => token()
    await accessToken()
    expect(localStorage.length + window.sessionStorage.length).toBe(0)
    expect(document.cookie).toBe('')
  })

  it('tells who listens that the session has ended', async () => {
    const ended = vi.fn()
    const stop = onSessionEnd(ended)
    handler = () => json({ title: 'Session expired' }, 401)
    await expect(accessToken()).rejects.toThrow('Session expired')
    stop()
    await expect(accessToken()).rejects.toThrow('Session expired')
    expect(ended).toHaveBeenCalledTimes(1)
  })
})

describe('a call to the API', () => {
  it('carries the token and no cookie', async () => {
    handler = (path) => (path === '/bff/token' ? token() : json({ ok: true }))
    await getJson('/v1/agents')
    expect(header(1, 'authorization')).toBe('Bearer token-1')
    expect(calls[1]?.[1].credentials).toBe('omit')
  })

  it('renews a refused token once and tries again', async () => {
    let refusals = 1
    handler = (path) => {
      if (path === '/bff/token') return token()
      return refusals-- > 0 ? json({ title: 'no' }, 401) : json({ ok: true })
    }
    expect(await getJson('/v1/runs')).toEqual({ ok: true })
    expect(calls.map(([path]) => path)).toEqual(['/bff/token', '/v1/runs', '/bff/token', '/v1/runs'])
  })

  it('gives up when a new token is refused too, and says that the session is over', async () => {
    const ended = vi.fn()
    const stop = onSessionEnd(ended)
    handler = (path) => (path === '/bff/token' ? token() : json({ title: 'no' }, 401))
    await expect(call('/v1/runs')).rejects.toMatchObject({ status: 401 })
    stop()
    expect(ended).toHaveBeenCalledTimes(1)
    expect(calls).toHaveLength(4)
  })

  it('sends JSON and reads an empty answer as nothing', async () => {
    handler = (path) => (path === '/bff/token' ? token() : new Response(null, { status: 204 }))
    expect(await postJson('/v1/x', { a: 1 })).toBeUndefined()
    expect(header(1, 'content-type')).toBe('application/json')
    expect(calls[1]?.[1].body).toBe('{"a":1}')
  })

  it('throws the problem of a failed call', async () => {
    handler = (path) =>
      path === '/bff/token' ? token() : json({ title: 'Not found', code: 'NOT_FOUND' }, 404)
    await expect(call('/v1/x')).rejects.toMatchObject({ problem: { code: 'NOT_FOUND', status: 404 } })
  })
})
