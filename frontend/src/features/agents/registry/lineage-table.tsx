import { Link } from 'react-router'

import type { Lineage, VersionNode } from '@/api/registry'
import { shortOf, ShortId } from '@/components/short-id'
import { StatusBadge } from '@/components/status-badge'
import { Time } from '@/components/time'
import { Badge } from '@/components/ui/badge'
import { type LaneRow, lanesOf, widthOf } from '@/features/agents/registry/lanes'
import { type Place, placeOf } from '@/features/agents/registry/moves'
import { cn } from '@/lib/cn'

const [LANE, ROW, DOT] = [18, 44, 5]
const middle = (lane: number): number => LANE / 2 + lane * LANE + 4

/** The address of a version's page. */
export const versionPath = (agent: string, id: string): string => `/directory/${agent}/versions/${id}`

/** From a row's own point down to the lane in which its line goes on. */
function down(lane: number, to: number): string {
  if (lane === to) return `M${middle(lane)} ${ROW / 2}V${ROW}`
  return `M${middle(lane)} ${ROW / 2}C${middle(lane)} ${ROW} ${middle(to)} ${ROW / 2} ${middle(to)} ${ROW}`
}

function Lanes({ row, width, place }: { row: LaneRow; width: number; place: Place }) {
  const { lane, fromChild, passes, goesOn } = row
  return (
    <svg
      aria-hidden
      width={middle(width - 1) + LANE / 2}
      height={ROW}
      className="block fill-none stroke-line-strong"
      strokeWidth={2}
    >
      {passes.map((one) => (
        <path key={one} d={`M${middle(one)} 0V${ROW}`} />
      ))}
      {fromChild && <path d={`M${middle(lane)} 0V${ROW / 2}`} />}
      {goesOn !== undefined && <path d={down(lane, goesOn)} />}
      <circle
        cx={middle(lane)}
        cy={ROW / 2}
        r={place ? DOT + 1.5 : DOT}
        className={place ? 'fill-accent stroke-accent' : 'fill-surface stroke-line-strong'}
      />
    </svg>
  )
}

export function PlaceBadge({ place }: { place: Place }) {
  if (!place) return null
  return <Badge tone="accent">{place === 'default' ? 'Default' : 'Second'}</Badge>
}

interface RowProps {
  row: LaneRow
  width: number
  lineage: Lineage
  current: boolean
}

function VersionRow({ row, width, lineage, current }: RowProps) {
  const { node } = row
  const place = placeOf(lineage, node.versionId)
  const cell = 'px-3 whitespace-nowrap'
  return (
    <tr className={cn('h-11', current ? 'bg-accent-soft/50' : 'hover:bg-sunken/60')}>
      <td className="p-0 pl-2">
        <Lanes row={row} width={width} place={place} />
      </td>
      <th scope="row" className={cn(cell, 'text-left font-normal')}>
        <span className="flex items-center gap-2">
          <Link
            to={versionPath(lineage.agent, node.versionId)}
            className="text-accent underline underline-offset-4"
            {...(current && { 'aria-current': 'true' as const })}
          >
            <ShortId id={node.versionId} />
          </Link>
          <PlaceBadge place={place} />
        </span>
      </th>
      <td className={cell}>
        <StatusBadge status={node.status} />
      </td>
      <td className={cell}>
        {node.parent ? <ShortId id={node.parent} /> : <span className="text-ink-soft">—</span>}
      </td>
      <td className={cell}>
        <ShortId id={node.contentHash} />
      </td>
      <td className={cell}>
        <Time at={node.createdAt} />
      </td>
      <td className={cell}>
        <Time at={node.approvedAt} />
      </td>
    </tr>
  )
}

const HEADS = ['Version', 'State', 'Follows', 'Content', 'Registered', 'Approved']

/** An agent's versions, newest first, each drawn below those that follow from it. `current` is the one looked at. */
export function LineageTable({ lineage, current = '' }: { lineage: Lineage; current?: string }) {
  const rows = lanesOf(lineage.items)
  const width = widthOf(rows)
  return (
    <div
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
      tabIndex={0}
      role="region"
      aria-label="Lineage, scrollable"
      className="max-h-[34rem] overflow-auto"
    >
      <table className="w-full text-sm">
        <caption className="sr-only">
          Versions of {lineage.agent}, newest first, with the version that each follows from
        </caption>
        <thead className="border-b bg-sunken/60 text-xs text-ink-soft">
          <tr>
            <td className="w-0" />
            {HEADS.map((head) => (
              <th key={head} scope="col" className="px-3 py-2 text-left font-medium">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <VersionRow
              key={row.node.versionId}
              row={row}
              width={width}
              lineage={lineage}
              current={row.node.versionId === current}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What a version is called where there is room for a word: its id in short, and how it is used. */
export function versionName(node: VersionNode, lineage: Lineage): string {
  const place = placeOf(lineage, node.versionId)
  return `${shortOf(node.versionId)} (${place ?? node.status.replace('_', ' ')})`
}
