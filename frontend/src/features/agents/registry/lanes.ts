import type { VersionNode } from '@/api/registry'

/** A version's row in the drawing of a lineage, newest first: its lane, and the lines that meet or pass it. */
export interface LaneRow {
  node: VersionNode
  lane: number
  /** Whether a line comes down to it, from a child. */
  fromChild: boolean
  /** Lanes of others, which pass from top to bottom. */
  passes: number[]
  /** The lane in which its line goes on to its parent: its own, or that of a sibling; undefined for a root. */
  goesOn: number | undefined
}

/**
 * A lineage as lanes. Siblings share the line to their parent, so that many of them need no more room than two; a
 * lane that ended is used again. A parent that is not among the versions is none.
 */
export function lanesOf(versions: readonly VersionNode[]): LaneRow[] {
  const known = new Set(versions.map(({ versionId }) => versionId))
  const awaited: (string | undefined)[] = []
  return versions.toReversed().map((node) => {
    const own = awaited.indexOf(node.versionId)
    const passes = awaited.flatMap((id, lane) => (id && lane !== own ? [lane] : []))
    const free = awaited.findIndex((id) => !id)
    const lane = own >= 0 ? own : free >= 0 ? free : awaited.length
    const parent = node.parent && known.has(node.parent) ? node.parent : undefined
    const shared = parent === undefined ? -1 : awaited.indexOf(parent)
    awaited[lane] = shared < 0 ? parent : undefined
    const goesOn = parent === undefined ? undefined : shared < 0 ? lane : shared
    return { node, lane, fromChild: own >= 0, passes, goesOn }
  })
}

/** How many lanes the drawing needs. */
export const widthOf = (rows: readonly LaneRow[]): number =>
  Math.max(0, ...rows.flatMap(({ lane, passes }) => [lane, ...passes])) + 1
