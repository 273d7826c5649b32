import { ApiProblem, type FieldProblem } from '@/api/problem'
import type { JsonObject } from '@/api/types'
import { lineOf } from '@/features/policies/place'

/** What is wrong at one place of a text: its line from 1, and its JSON pointer where it has one. */
export interface Fault extends FieldProblem {
  line: number
}

export const written = (override: JsonObject | null | undefined): string =>
  JSON.stringify(override ?? {}, null, 2)

/** The override that a text is, or why it is none. */
export function read(text: string): { override?: JsonObject; faults: Fault[] } {
  try {
    const value: unknown = JSON.parse(text)
    if (value && typeof value === 'object' && !Array.isArray(value))
      return { override: value as JsonObject, faults: [] }
    return { faults: [{ line: 1, pointer: '', message: 'An override is an object: { … }.' }] }
  } catch (error) {
    const message = error instanceof Error ? error.message : 'This is not JSON.'
    return { faults: [{ line: lineIn(message, text), pointer: '', message }] }
  }
}

/** The line that a browser's message about JSON names: some say the line, some the place, and some neither. */
function lineIn(message: string, text: string): number {
  const line = /line (\d+)/.exec(message)?.[1]
  const position = /position (\d+)/.exec(message)?.[1]
  return line ? Number(line) : text.slice(0, Number(position ?? 0)).split('\n').length
}

/** What the API said of an override, put to the lines of the text that was sent. */
export function faultsOf(error: unknown, text: string): Fault[] {
  if (!(error instanceof ApiProblem)) return []
  return error.problem.errors.flatMap(({ pointer, message }) => {
    const inside = /^\/(?:override|shadow)(\/.*)?$/.exec(pointer)
    return inside ? [{ line: lineOf(text, inside[1] ?? ''), pointer: inside[1] ?? '', message }] : []
  })
}

/** Whether somebody else's version is newer than the one that was looked at. */
export const isStale = (error: unknown): boolean => error instanceof ApiProblem && error.status === 412
