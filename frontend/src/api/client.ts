// The API at the page's own origin. Every call carries the token; a refused token is renewed once.
import { readProblem } from '@/api/problem'
import { accessToken, forgetToken, sessionEnded } from '@/api/token'

export interface CallOptions {
  method?: string
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  keepalive?: boolean
}

/** The response of a successful call; throws ApiProblem, or what fetch throws when there is no answer. */
export async function call(path: string, options: CallOptions = {}): Promise<Response> {
  const first = await send(path, options)
  if (first.status !== 401) return check(first)
  forgetToken()
  const second = await send(path, options)
  if (second.status === 401) sessionEnded()
  return check(second)
}

async function send(path: string, options: CallOptions): Promise<Response> {
  const { method = 'GET', body, headers = {}, signal, keepalive = false } = options
  const token = await accessToken()
  const content = body === undefined ? {} : { 'content-type': 'application/json' }
  return fetch(path, {
    method,
    headers: { accept: 'application/json', ...content, ...headers, authorization: `Bearer ${token}` },
    credentials: 'omit',
    keepalive,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  })
}

async function check(response: Response): Promise<Response> {
  if (!response.ok) throw await readProblem(response)
  return response
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await call(path, { signal })).json()) as T
}

export async function postJson<T>(path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  const response = await call(path, { ...options, method: 'POST', ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

export async function remove(path: string): Promise<void> {
  await call(path, { method: 'DELETE' })
}

/** Change a thing that is still as it was when `etag` came with it; the API refuses otherwise. */
export async function patchJson<T>(path: string, body: unknown, etag: string): Promise<T> {
  const response = await call(path, { method: 'PATCH', body, headers: { 'if-match': etag } })
  return (await response.json()) as T
}

/** Put the version after the one that came with `etag`; the API refuses when there is a newer one. */
export async function putJson<T>(path: string, body: unknown, etag: string): Promise<T> {
  const response = await call(path, { method: 'PUT', body, headers: { 'if-match': etag } })
  return (await response.json()) as T
}

export interface Tagged<T> {
  value: T
  etag: string
}

/** A thing with the version to name in `If-Match` when it is changed. */
export async function getTagged<T>(path: string, signal?: AbortSignal): Promise<Tagged<T>> {
  const response = await call(path, { signal })
  return { value: (await response.json()) as T, etag: response.headers.get('etag') ?? '' }
}
