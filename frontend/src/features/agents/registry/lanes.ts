import type { VersionNode } from '@/api/registry'

/** A version's row in the drawing of a lineage, newest first: its lane, and the lines that meet or pass it. */
export interface LaneRow {
  node: VersionNode
  lane: number
  /** Lanes of its children, which end here from above. */
  joins: number[]
  /** Lanes of others, which pass from top to bottom. */
  passes: number[]
  /** Whether its own lane goes on to a parent further below. */
  goesOn: boolean
}

/**
 * A lineage as lanes. A parent stands in the lane of its first child below it, others join it there; a lane that
 * ended is used again. A parent that is not among the versions is none.
 */
export function lanesOf(versions: readonly VersionNode[]): LaneRow[] {
  const known = new Set(versions.map(({ versionId }) => versionId))
  const awaited: (string | undefined)[] = []
  return versions.toReversed().map((node) => {
    const joins = awaited.flatMap((id, lane) => (id === node.versionId ? [lane] : []))
    const passes = awaited.flatMap((id, lane) => (id && id !== node.versionId ? [lane] : []))
    const free = awaited.findIndex((id) => !id)
    const lane = joins[0] ?? (free < 0 ? awaited.length : free)
    for (const ended of joins) awaited[ended] = undefined
    const goesOn = Boolean(node.parent && known.has(node.parent))
    awaited[lane] = goesOn ? (node.parent ?? undefined) : undefined
    return { node, lane, joins, passes, goesOn }
  })
}

/** How many lanes the drawing needs. */
export const widthOf = (rows: readonly LaneRow[]): number =>
  Math.max(0, ...rows.flatMap(({ lane, joins, passes }) => [lane, ...joins, ...passes])) + 1
