import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { forgetToken } from '@/api/token'
import { contentTypeOf, uploadFile } from '@/features/files/upload'

class FakeRequest {
  static last: FakeRequest | undefined
  static answer = 200
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {}
  headers: Record<string, string> = {}
  status = 0
  url = ''
  aborted = false
  onload?: () => void
  onerror?: () => void
  onabort?: () => void
  constructor() {
    FakeRequest.last = this
  }
  open(_method: string, url: string) {
    this.url = url
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value
  }
  send() {
    if (FakeRequest.answer < 0) return
    this.upload.onprogress?.({ loaded: 1, total: 2 })
    this.status = FakeRequest.answer
    if (this.status === 0) this.onerror?.()
    else this.onload?.()
  }
  abort() {
    this.aborted = true
    this.onabort?.()
  }
}

let declared: unknown
const HEADERS = { 'content-type': 'text/csv', 'x-amz-server-side-encryption': 'aws:kms' }

beforeEach(() => {
  forgetToken()
  FakeRequest.answer = 200
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
  vi.stubGlobal('fetch', (path: string, init: RequestInit = {}) => {
    if (path === '/bff/token') return Promise.resolve(Response.json({ accessToken: 't', expiresIn: 300 }))
    declared = JSON.parse(init.body as string)
    return Promise.resolve(
      Response.json({
        fileId: 'fil_1',
        uploadUrl: 'http://s3/put',
        uploadHeaders: HEADERS,
        key: 'k',
        expiresAt: '',
      }),
    )
  })
})
afterEach(() => vi.unstubAllGlobals())

const FILE = new File(['a,b\n1,2\n'], 'flights.csv', { type: 'application/vnd.ms-excel' })

describe('uploading a file', () => {
  it('declares name, type and size, then puts exactly that', async () => {
    const shares: number[] = []
    expect(await uploadFile(FILE, (share) => shares.push(share), new AbortController().signal)).toBe('fil_1')
    expect(declared).toEqual({ name: 'flights.csv', contentType: 'text/csv', bytes: 8, uploadHeaders: true })
    expect(FakeRequest.last).toMatchObject({ url: 'http://s3/put', headers: HEADERS })
    expect(shares).toEqual([0.5])
  })

  it('sends the headers it was told, and no token, to the storage', async () => {
    await uploadFile(FILE, () => undefined, new AbortController().signal)
    expect(FakeRequest.last?.headers).toEqual(HEADERS)
  })

  it.each([403, 500, 0])('fails when the storage answers %i', async (status) => {
    FakeRequest.answer = status
    const sent = uploadFile(FILE, () => undefined, new AbortController().signal)
    await expect(sent).rejects.toMatchObject({ problem: { code: 'UPLOAD_FAILED' } })
  })

  it('stops when told to', async () => {
    FakeRequest.answer = -1
    FakeRequest.last = undefined
    const controller = new AbortController()
    const sent = uploadFile(FILE, () => undefined, controller.signal)
    await vi.waitFor(() => expect(FakeRequest.last?.url).toBe('http://s3/put'))
    controller.abort()
    await expect(sent).rejects.toThrow('stopped')
  })
})

describe('the media type of a file', () => {
  it.each([
    ['a.CSV', 'application/vnd.ms-excel', 'text/csv'],
    ['a.png', 'image/png', 'image/png'],
    ['noextension', '', 'application/octet-stream'],
    ['a.unknown', '', 'application/octet-stream'],
  ])('of %s (%s) is %s', (name, type, expected) => expect(contentTypeOf({ name, type })).toBe(expected))
})
