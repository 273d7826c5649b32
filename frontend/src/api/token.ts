// The access token: fetched from the session, held in this module's memory, never stored.
import { ApiProblem, readProblem } from '@/api/problem'

const SPARE_MS = 20_000 // renewed this long before its end, so that it outlives the request it is for

interface Held {
  token: string
  until: number
}

let held: Held | undefined
let asking: Promise<string> | undefined
const listeners = new Set<() => void>()

/** Headers that show a call came from this app's own pages: other origins cannot send them unasked. */
export const CSRF_HEADERS = { 'x-ambit-csrf': '1' }

export function onSessionEnd(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function forgetToken(): void {
  held = undefined
}

export function sessionEnded(): void {
  forgetToken()
  listeners.forEach((listener) => listener())
}

/** A token good for at least one request. One question at a time, however many callers wait. */
export function accessToken(now: () => number = Date.now): Promise<string> {
  if (held && now() < held.until) return Promise.resolve(held.token)
  asking ??= ask(now).finally(() => {
    asking = undefined
  })
  return asking
}

async function ask(now: () => number): Promise<string> {
  const response = await fetch('/bff/token', {
    method: 'POST',
    headers: CSRF_HEADERS,
    credentials: 'same-origin',
  })
  if (!response.ok) {
    const problem = await readProblem(response)
    if (problem.status === 401) sessionEnded()
    throw problem
  }
  const { accessToken: token, expiresIn } = (await response.json()) as {
    accessToken: string
    expiresIn: number
  }
  held = { token, until: now() + expiresIn * 1000 - SPARE_MS }
  return token
}

export const isSessionEnd = (error: unknown): boolean => error instanceof ApiProblem && error.status === 401
