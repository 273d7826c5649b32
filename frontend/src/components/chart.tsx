import { type ReactNode, useId } from 'react'

import { cn } from '@/lib/cn'

/** A line's look: colour, dashes and the shape of its points, so that none is told by its colour alone. */
export type Look = 'accent' | 'info' | 'warn' | 'bad' | 'soft'

const COLOURS: Record<Look, string> = {
  accent: 'text-accent',
  info: 'text-info',
  warn: 'text-warn',
  bad: 'text-bad',
  soft: 'text-ink-soft',
}
const DASHES: Record<Look, string | undefined> = {
  accent: undefined,
  info: '7 4',
  warn: '2 3',
  bad: undefined,
  soft: '10 3 2 3',
}

export interface Point {
  x: number
  y: number
  /** Between what it lies, such as a confidence interval: drawn as a line with two ends. */
  between?: readonly [low: number, high: number]
}

export interface Series {
  name: string
  look: Look
  points: readonly Point[]
  /** What holds until the next point is drawn as steps, what moves from one to the other as a straight line. */
  steps?: boolean
}

interface ChartProps {
  title: string
  description: string
  series: readonly Series[]
  /** Lines across the chart that are not to be reached. */
  limits?: readonly { at: number; name: string }[]
  /** Something that happened at an x. */
  marks?: readonly { x: number; name: string }[]
  x: { label: string; of: (value: number) => string; whole?: boolean }
  /** `top` is what must fit; `ticks` are where numbers stand, round ones when left out. */
  y: { label: string; of: (value: number) => string; top: number; ticks?: readonly number[] }
  children?: ReactNode
}

const [WIDTH, HEIGHT] = [600, 260]
const EDGE = { left: 72, right: 14, top: 18, bottom: 40 }
const PLOT = { width: WIDTH - EDGE.left - EDGE.right, height: HEIGHT - EDGE.top - EDGE.bottom }
const TICKS = 4
const MOST_DOTS = 40

interface Scale {
  x: (value: number) => number
  y: (value: number) => number
  left: number
  right: number
}

function scaleOf(series: readonly Series[], top: number, marks: readonly { x: number }[]): Scale {
  const xs = [...series.flatMap(({ points }) => points.map(({ x }) => x)), ...marks.map(({ x }) => x)]
  const left = xs.length > 0 ? Math.min(...xs) : 0
  const furthest = xs.length > 0 ? Math.max(...xs) : 1
  const right = furthest > left ? furthest : left + 1
  const span = right - left
  return {
    left,
    right,
    x: (value) => EDGE.left + ((value - left) / span) * PLOT.width,
    y: (value) => EDGE.top + (1 - Math.min(value / (top || 1), 1)) * PLOT.height,
  }
}

/** The commands that draw a line through the points. */
export function pathOf(
  { points, steps }: Series,
  x: (value: number) => number,
  y: (value: number) => number,
) {
  const round = (value: number) => value.toFixed(1)
  return points
    .map((point, index) => {
      if (index === 0) return `M${round(x(point.x))} ${round(y(point.y))}`
      const along = `${round(x(point.x))} ${round(y(point.y))}`
      return steps ? `H${round(x(point.x))}V${round(y(point.y))}` : `L${along}`
    })
    .join('')
}

/** Round numbers from 0 to at least `top`, five of them. */
export function roundTicks(top: number): number[] {
  const rough = (top || 1) / TICKS
  const size = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 2.5, 3, 4, 5].find((one) => one * size >= rough) ?? 10
  return Array.from({ length: TICKS + 1 }, (_, index) => Number((index * factor * size).toPrecision(3)))
}

/** Where to write numbers along the x axis: whole ones where parts of them make no sense. */
export function ticksOf(left: number, right: number, whole = false): number[] {
  const made = Array.from({ length: TICKS + 1 }, (_, index) => left + ((right - left) * index) / TICKS)
  return whole ? [...new Set(made.map(Math.round))] : made
}

function Axes({ scale, x, y, up }: { scale: Scale; up: readonly number[] } & Pick<ChartProps, 'x' | 'y'>) {
  const across = ticksOf(scale.left, scale.right, x.whole)
  return (
    <g className="fill-ink-soft text-[11px]">
      {up.map((value) => (
        <g key={value}>
          <line
            x1={EDGE.left}
            x2={WIDTH - EDGE.right}
            y1={scale.y(value)}
            y2={scale.y(value)}
            className="stroke-line"
          />
          <text x={EDGE.left - 8} y={scale.y(value) + 4} textAnchor="end">
            {y.of(value)}
          </text>
        </g>
      ))}
      {across.map((value, index) => (
        <text
          key={value}
          x={scale.x(value)}
          y={HEIGHT - EDGE.bottom + 16}
          textAnchor={index === 0 ? 'start' : index === across.length - 1 ? 'end' : 'middle'}
        >
          {x.of(value)}
        </text>
      ))}
      <text x={EDGE.left + PLOT.width / 2} y={HEIGHT - 6} textAnchor="middle">
        {x.label}
      </text>
    </g>
  )
}

function Dot({ at: [x, y], look }: { at: [number, number]; look: Look }) {
  if (look === 'info') return <rect x={x - 3} y={y - 3} width={6} height={6} />
  if (look === 'warn') return <path d={`M${x} ${y - 4}l4 7h-8z`} />
  if (look === 'bad') return <path d={`M${x} ${y - 4}l4 4l-4 4l-4 -4z`} />
  return <circle cx={x} cy={y} r={3} className={look === 'soft' ? 'fill-surface stroke-current' : ''} />
}

const WHISKER = 5

/** From the low end to the high one, and a short stroke across each. */
const whisker = (x: number, [low, high]: readonly [number, number], scale: Scale): string =>
  `M${x} ${scale.y(low)}V${scale.y(high)}` +
  [low, high].map((end) => `M${x - WHISKER} ${scale.y(end)}h${2 * WHISKER}`).join('')

function Line({ one, scale }: { one: Series; scale: Scale }) {
  return (
    <g className={cn('fill-current', COLOURS[one.look])}>
      <path
        d={pathOf(one, scale.x, scale.y)}
        fill="none"
        className="stroke-current"
        strokeWidth={2}
        strokeLinejoin="round"
        strokeDasharray={DASHES[one.look]}
      />
      {one.points.map(
        ({ x, between }) =>
          between && (
            <path
              key={x}
              d={whisker(scale.x(x), between, scale)}
              className="stroke-current"
              strokeWidth={1.5}
            />
          ),
      )}
      {one.points.length <= MOST_DOTS &&
        one.points.map(({ x, y }, index) => (
          <Dot key={index} at={[scale.x(x), scale.y(y)]} look={one.look} />
        ))}
    </g>
  )
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-xs text-ink-soft">
      {series.map(({ name, look }) => (
        <li key={name} className="flex items-center gap-2">
          <svg width="28" height="10" aria-hidden className={cn('fill-current', COLOURS[look])}>
            <line
              x1="0"
              x2="28"
              y1="5"
              y2="5"
              className="stroke-current"
              strokeWidth={2}
              strokeDasharray={DASHES[look]}
            />
            <Dot at={[14, 5]} look={look} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  )
}

/** Lines over an axis, as a picture with a name and a description; `children` is the same as a table. */
export function Chart({ title, description, series, limits = [], marks = [], x, y, children }: ChartProps) {
  const id = useId()
  const up = y.ticks ?? roundTicks(y.top)
  const scale = scaleOf(series, Math.max(y.top, ...up), marks)
  return (
    <figure className="space-y-3">
      <svg
        role="img"
        aria-labelledby={`${id}-title ${id}-description`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        className="h-auto w-full"
      >
        <title id={`${id}-title`}>{title}</title>
        <desc id={`${id}-description`}>{description}</desc>
        <Axes scale={scale} x={x} y={y} up={up} />
        {limits.map(({ at, name }) => (
          <g key={name} className="fill-bad text-[11px] text-bad">
            <line
              x1={EDGE.left}
              x2={WIDTH - EDGE.right}
              y1={scale.y(at)}
              y2={scale.y(at)}
              className="stroke-current"
              strokeWidth={1.5}
              strokeDasharray="5 3"
            />
            <text x={EDGE.left + 6} y={scale.y(at) - 5}>
              {name}
            </text>
          </g>
        ))}
        {marks.map(({ x: at, name }) => (
          <g key={name} className="fill-bad text-[11px] font-semibold text-bad">
            <line
              x1={scale.x(at)}
              x2={scale.x(at)}
              y1={EDGE.top}
              y2={HEIGHT - EDGE.bottom}
              className="stroke-current"
              strokeWidth={1.5}
            />
            <text x={scale.x(at) - 6} y={EDGE.top + PLOT.height / 2} textAnchor="end">
              {name}
            </text>
          </g>
        ))}
        {series.map((one) => (
          <Line key={one.name} one={one} scale={scale} />
        ))}
      </svg>
      <figcaption>
        <Legend series={series} />
      </figcaption>
      {children}
    </figure>
  )
}

interface NumbersProps {
  name: string
  heads: readonly string[]
  rows: readonly (readonly [key: string | number, ...cells: ReactNode[]])[]
}

/** What a chart shows, as a table that opens. */
export function Numbers({ name, heads, rows }: NumbersProps) {
  return (
    <details>
      <summary className="cursor-pointer text-xs text-accent select-none">Show as a table</summary>
      <div
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
        tabIndex={0}
        role="region"
        aria-label={`${name}, scrollable`}
        className="mt-2 max-h-72 overflow-auto"
      >
        <table className="w-full text-xs tabular-nums">
          <caption className="sr-only">{name}</caption>
          <thead className="text-ink-soft">
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col" className="px-2 py-1 text-left font-medium">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {rows.map(([key, ...cells]) => (
              <tr key={key}>
                <th scope="row" className="px-2 py-1 text-left font-normal">
                  {key}
                </th>
                {cells.map((cell, index) => (
                  <td key={heads[index + 1]} className="px-2 py-1 whitespace-nowrap">
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}
