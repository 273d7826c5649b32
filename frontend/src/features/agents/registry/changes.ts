// A version's differences from another, as a person reads them: by part, each with both texts.
import type { VersionDiff } from '@/api/registry'

export interface Change {
  /** Where in its part: the names of the pointer, or "" for all of it. */
  place: string
  before: string
  after: string
  kind: 'added' | 'removed' | 'changed'
}

export interface Part {
  part: string
  title: string
  changes: Change[]
}

const TITLES: Record<string, string> = {
  artifactDigest: 'Package',
  lockDigest: 'Locked dependencies',
  manifest: 'Manifest',
  prompts: 'Prompts',
  parent: 'Parent',
  parentHash: 'Content of its parent',
}

/** A value as a text of lines: texts as they are, everything else as indented JSON; "" for nothing. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

const names = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))

export function partsOf({ changes }: VersionDiff): Part[] {
  const parts = new Map<string, Part>()
  for (const { pointer, before, after } of changes) {
    const [part = '', ...within] = names(pointer)
    const found = parts.get(part) ?? { part, title: TITLES[part] ?? part, changes: [] }
    const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
    found.changes.push({ place: within.join(' / '), before: textOf(before), after: textOf(after), kind })
    parts.set(part, found)
  }
  return [...parts.values()]
}
