// Where the states of a version's life stand in its drawing, and how the moves between them run.
import type { Move, VersionStatus } from '@/api/registry'

export const [WIDTH, HEIGHT] = [648, 296]
export const BOX = { width: 116, height: 36 }

export interface Place {
  x: number
  y: number
}

/** The middle of each state's box: the way to customers from left to right, what leads off it above and below. */
export const PLACES: Record<VersionStatus, Place> = {
  draft: { x: 66, y: 146 },
  candidate: { x: 238, y: 146 },
  approved: { x: 410, y: 146 },
  deprecated: { x: 582, y: 146 },
  rolled_back: { x: 324, y: 30 },
  quarantined: { x: 324, y: 264 },
  retired: { x: 582, y: 264 },
}
export const STATES = Object.keys(PLACES) as VersionStatus[]

/** Past the boxes in its way: down between approved and deprecated. */
const BY_A_BEND: Partial<Record<`${VersionStatus}-${VersionStatus}`, string>> = {
  'rolled_back-retired': 'M382 30C470 30 496 70 496 146S510 226 538 245',
}
const [ASIDE, GAP] = [7, 4]

/** From a box's middle to the point of its edge that lies in this direction, a little outside. */
function edge({ x, y }: Place, dx: number, dy: number): Place {
  const across = dx === 0 ? Infinity : BOX.width / 2 / Math.abs(dx)
  const down = dy === 0 ? Infinity : BOX.height / 2 / Math.abs(dy)
  const length = Math.min(across, down) + GAP / Math.hypot(dx, dy)
  return { x: x + dx * length, y: y + dy * length }
}

/** The line of a move; where there is one back, both keep to their right. */
export function lineOf({ from, to }: Pick<Move, 'from' | 'to'>, both: boolean): string {
  const bend = BY_A_BEND[`${from}-${to}`]
  if (bend) return bend
  const [one, two] = [PLACES[from], PLACES[to]]
  const [dx, dy] = [two.x - one.x, two.y - one.y]
  const [start, end] = [edge(one, dx, dy), edge(two, -dx, -dy)]
  const aside = both ? ASIDE / Math.hypot(dx, dy) : 0
  const point = ({ x, y }: Place) => `${(x - dy * aside).toFixed(1)} ${(y + dx * aside).toFixed(1)}`
  return `M${point(start)}L${point(end)}`
}

export const hasWayBack = (moves: readonly Move[], { from, to }: Move): boolean =>
  moves.some((other) => other.from === to && other.to === from)
