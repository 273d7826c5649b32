// What an operator can make of a version, in words: the moves are the API's, so is the judgement.
import type { Lineage, Move, VersionNode } from '@/api/registry'

/** How a version is used: by all tenants, beside that one for a canary, or not. */
export type Place = 'default' | 'second' | undefined

export interface Choice {
  key: string
  move: Move
  /** Of an approval: whether tenants run it from then on. */
  asDefault: boolean
  label: string
  means: string
  grave: boolean
}

export const placeOf = (
  lineage: Pick<Lineage, 'approvedVersionId' | 'secondVersionId'>,
  id: string,
): Place =>
  lineage.approvedVersionId === id ? 'default' : lineage.secondVersionId === id ? 'second' : undefined

const NOBODY_RUNS = 'It is the default: until another version is approved, no tenant can run this agent.'

const MEANS: Record<string, string> = {
  candidate: 'The suites that name its agent are run on it. Tenants do not run it.',
  deprecated: 'No tenant runs it from then on. It can be approved again.',
  quarantined: 'Nothing of it starts any more. Only Platform.Admin brings it back.',
  retired: 'For good: it stays for the record and is never run again.',
  rolled_back:
    'The version approved before takes its place at once, without a build and without gates. Runs that go on end on their version.',
}
const LABELS: Record<string, string> = {
  candidate: 'Make it a candidate',
  deprecated: 'Deprecate',
  quarantined: 'Quarantine',
  retired: 'Retire',
  rolled_back: 'Roll back',
}
const GRAVE = new Set(['quarantined', 'retired', 'rolled_back', 'deprecated'])
const WITHDRAWS = new Set(['quarantined', 'deprecated'])

function approvals(move: Move, lineage: Lineage, place: Place): Choice[] {
  const former = place === 'default' ? undefined : lineage.approvedVersionId
  const asDefault: Choice = {
    key: 'approved',
    move,
    asDefault: true,
    label: place === 'second' ? 'Make it the default' : 'Approve as the default',
    means: `Tenants run it from then on${former ? '; the default until now is deprecated' : ''}.`,
    grave: false,
  }
  if (!former || place === 'second') return [asDefault]
  const beside: Choice = {
    ...asDefault,
    key: 'approved-second',
    asDefault: false,
    label: 'Approve beside the default',
    means: lineage.secondVersionId
      ? 'It takes the place of the second version, for a canary. Tenants go on with the default.'
      : 'It becomes the second version, for a canary. Tenants go on with the default.',
  }
  return [asDefault, beside]
}

/** All that may become of a version, in the order of the API's table. */
export function choicesFor(node: VersionNode, lineage: Lineage): Choice[] {
  const place = placeOf(lineage, node.versionId)
  const own = lineage.moves.filter(({ from }) => from === node.status)
  const again = place === 'second' ? lineage.moves.filter(({ to }) => to === 'approved').slice(0, 1) : []
  return [
    ...again.flatMap((move) => approvals(move, lineage, place)),
    ...own.flatMap((move): Choice[] => {
      if (move.to === 'approved') return approvals(move, lineage, place)
      const grave = GRAVE.has(move.to)
      const alone = place === 'default' && WITHDRAWS.has(move.to) ? ` ${NOBODY_RUNS}` : ''
      const means = `${MEANS[move.to] ?? ''}${alone}`
      return [{ key: move.to, move, asDefault: false, label: LABELS[move.to] ?? move.to, means, grave }]
    }),
  ]
}

/** Whether one of these roles may make the move. Only the page's manners: the API decides by itself. */
export const mayMake = (move: Move, roles: readonly string[]): boolean =>
  move.roles.some((role) => roles.includes(role))

/** The versions that a rollback may go back to, the last approved first. */
export const earlier = (lineage: Lineage): VersionNode[] =>
  lineage.items
    .filter(({ status, approvedAt }) => status === 'deprecated' && approvedAt)
    .sort((one, other) => (other.approvedAt ?? '').localeCompare(one.approvedAt ?? ''))
