// Failures as the API describes them (RFC 9457), and those that never reached it, in one shape.

export interface FieldProblem {
  pointer: string
  message: string
}

export interface ProblemDetails {
  title: string
  status: number
  detail?: string
  code?: string
  requestId?: string
  runId?: string
  errors: FieldProblem[]
  retryAfterSeconds?: number
}

export class ApiProblem extends Error {
  constructor(readonly problem: ProblemDetails) {
    super(problem.detail ?? problem.title)
    this.name = 'ApiProblem'
  }

  get status(): number {
    return this.problem.status
  }
}

export const UNREACHABLE: ProblemDetails = {
  title: 'Ambit cannot be reached',
  status: 0,
  detail: 'Check your connection, then try again.',
  code: 'UNREACHABLE',
  errors: [],
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined)

function fields(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((item: unknown) => {
    const { pointer, message } = (item ?? {}) as Record<string, unknown>
    return typeof pointer === 'string' && typeof message === 'string' ? [{ pointer, message }] : []
  })
}

/** `Retry-After` in whole seconds, from either of its two forms (RFC 9110 §10.2.3). */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (!header) return undefined
  if (/^\d+$/.test(header)) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000))
}

/** The members that are there; absent ones stay absent. */
function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}

/** A failed response as a problem; any body will do, since proxies answer in their own words. */
export async function readProblem(response: Response): Promise<ApiProblem> {
  let body: Record<string, unknown> = {}
  try {
    const parsed: unknown = await response.json()
    if (parsed && typeof parsed === 'object' && !Array.isArray(parsed))
      body = parsed as Record<string, unknown>
  } catch {
    // not JSON: the status has to do
  }
  return new ApiProblem({
    title: text(body.title) ?? `The request failed (${response.status})`,
    status: response.status,
    errors: fields(body.errors),
    ...present({
      detail: text(body.detail),
      code: text(body.code),
      runId: text(body.runId),
      requestId: text(body.requestId) ?? text(response.headers.get('x-request-id')),
      retryAfterSeconds: retryAfter(response.headers.get('retry-after')),
    }),
  })
}

/** Anything thrown, as something a person can be shown. */
export function problemOf(error: unknown): ProblemDetails {
  if (error instanceof ApiProblem) return error.problem
  if (error instanceof TypeError) return UNREACHABLE // what fetch throws when there is no answer
  return {
    title: 'Something went wrong in this page',
    status: 0,
    detail: 'Reload it and try again.',
    errors: [],
  }
}

/** What the API said against single fields of a form (`/scopes/0` is about `scopes`), by the field's name. */
export function fieldErrors(error: unknown, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { pointer, message } of problemOf(error).errors) {
    const name = pointer.split('/')[1] ?? ''
    if (names.includes(name)) found[name] ??= sentence(message)
  }
  return found
}

const sentence = (words: string): string =>
  `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? '' : '.'}`
