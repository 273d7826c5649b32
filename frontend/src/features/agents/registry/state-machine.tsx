import { useId } from 'react'

import type { Move, VersionStatus } from '@/api/registry'
import { BOX, HEIGHT, hasWayBack, lineOf, PLACES, STATES, WIDTH } from '@/features/agents/registry/machine'
import { cn } from '@/lib/cn'
import { sentenceCase } from '@/lib/format'

const listed = (states: readonly string[]): string =>
  states.map((state) => sentenceCase(state).toLowerCase()).join(', ')

function describe(current: VersionStatus, moves: readonly Move[]): string {
  const next = moves.filter(({ from }) => from === current).map(({ to }) => to)
  const may = next.length > 0 ? `It may become ${listed(next)}.` : 'Nothing follows: it is final.'
  return `The version is ${listed([current])}. ${may}`
}

interface BoxProps {
  state: VersionStatus
  current: boolean
  next: boolean
  count: number
}

function StateBox({ state, current, next, count }: BoxProps) {
  const { x, y } = PLACES[state]
  return (
    <g data-state={state} data-current={current}>
      <rect
        x={x - BOX.width / 2}
        y={y - BOX.height / 2}
        width={BOX.width}
        height={BOX.height}
        rx={7}
        strokeWidth={current || next ? 2 : 1}
        className={cn(
          current ? 'fill-accent stroke-accent' : 'fill-surface',
          !current && (next ? 'stroke-accent' : 'stroke-line-strong'),
        )}
      />
      <text
        x={x}
        y={y + 4.5}
        textAnchor="middle"
        className={cn(
          'text-[13px]',
          current ? 'fill-on-accent font-semibold' : next ? 'fill-ink font-medium' : 'fill-ink-soft',
        )}
      >
        {sentenceCase(state)}
        {count > 0 && <tspan className="text-[11px] font-normal"> · {count}</tspan>}
      </text>
    </g>
  )
}

function Arrow({ id, className }: { id: string; className: string }) {
  return (
    <marker
      id={id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="8"
      markerHeight="8"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path d="M0 0.5L8 4L0 7.5z" className={className} />
    </marker>
  )
}

interface StateMachineProps {
  current: VersionStatus
  moves: readonly Move[]
  /** How many of the agent's versions are in each state. */
  counts: Partial<Record<VersionStatus, number>>
}

/** The life of a version: where it stands, and where it may go from there. */
export function StateMachine({ current, moves, counts }: StateMachineProps) {
  const id = useId()
  const mine = (move: Move) => move.from === current
  const ordered = [...moves].sort((one, other) => Number(mine(one)) - Number(mine(other)))
  return (
    <div
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
      tabIndex={0}
      role="region"
      aria-label="State machine, scrollable"
      className="overflow-x-auto"
    >
      <svg
        role="img"
        aria-labelledby={`${id}-title ${id}-description`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="mx-auto h-auto w-full max-w-2xl min-w-[34rem]"
      >
        <title id={`${id}-title`}>The life of a version</title>
        <desc id={`${id}-description`}>{describe(current, moves)}</desc>
        <defs>
          <Arrow id={`${id}-mine`} className="fill-accent" />
          <Arrow id={`${id}-others`} className="fill-line-strong" />
        </defs>
        {ordered.map((move) => (
          <path
            key={`${move.from}-${move.to}`}
            d={lineOf(move, hasWayBack(moves, move))}
            fill="none"
            markerEnd={`url(#${id}-${mine(move) ? 'mine' : 'others'})`}
            className={mine(move) ? 'stroke-accent' : 'stroke-line-strong/70'}
            strokeWidth={mine(move) ? 2 : 1}
          />
        ))}
        {STATES.map((state) => (
          <StateBox
            key={state}
            state={state}
            current={state === current}
            next={moves.some(({ from, to }) => from === current && to === state)}
            count={counts[state] ?? 0}
          />
        ))}
      </svg>
    </div>
  )
}
