export interface Line {
  sign: ' ' | '+' | '-'
  text: string
}

const signed = (sign: Line['sign'], lines: string[]): Line[] => lines.map((text) => ({ sign, text }))

/** How many lines two texts have in common at their beginnings. */
function shared(one: string[], two: string[]): number {
  const end = one.findIndex((line, at) => line !== two[at])
  return end < 0 ? one.length : end
}

/** Lengths of the longest common subsequences of what is left of both, from each place on. */
function lengths(one: string[], two: string[]): number[][] {
  const table = Array.from({ length: one.length + 1 }, () => new Array<number>(two.length + 1).fill(0))
  const at = (row: number, column: number) => table[row]?.[column] ?? 0
  for (let row = one.length - 1; row >= 0; row--) {
    for (let column = two.length - 1; column >= 0; column--) {
      const longest =
        one[row] === two[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
      table[row]?.splice(column, 1, longest)
    }
  }
  return table
}

function between(one: string[], two: string[]): Line[] {
  const table = lengths(one, two)
  const lines: Line[] = []
  let [row, column] = [0, 0]
  while (row < one.length && column < two.length) {
    const [mine, theirs] = [one[row] ?? '', two[column] ?? '']
    if (mine === theirs) {
      lines.push({ sign: ' ', text: mine })
      row++
      column++
    } else if ((table[row + 1]?.[column] ?? 0) >= (table[row]?.[column + 1] ?? 0)) {
      lines.push({ sign: '-', text: mine })
      row++
    } else {
      lines.push({ sign: '+', text: theirs })
      column++
    }
  }
  return [...lines, ...signed('-', one.slice(row)), ...signed('+', two.slice(column))]
}

/** A text's lines; a text that is not there has none. */
const linesOf = (text: string): string[] => (text === '' ? [] : text.split('\n'))

/** What became of which lines, in order; only signs of space when nothing did. */
export function difference(before: string, after: string): Line[] {
  const [one, two] = [linesOf(before), linesOf(after)]
  const head = shared(one, two)
  const [left, right] = [one.slice(head), two.slice(head)]
  const tail = Math.min(shared(left.toReversed(), right.toReversed()), left.length, right.length)
  return [
    ...signed(' ', one.slice(0, head)),
    ...between(left.slice(0, left.length - tail), right.slice(0, right.length - tail)),
    ...signed(' ', tail ? left.slice(-tail) : []),
  ]
}

export const differs = (lines: Line[]): boolean => lines.some(({ sign }) => sign !== ' ')

/** Lines next to a change, or how many alike lie between two changes. */
export type Part = Line | { alike: number }

const NEAR = 3

/** The changes with a few lines around them; longer stretches that are alike are counted. */
export function condensed(lines: readonly Line[], near = NEAR): Part[] {
  const changed = lines.flatMap(({ sign }, at) => (sign === ' ' ? [] : [at]))
  const isNear = (at: number) => changed.some((other) => Math.abs(other - at) <= near)
  const parts: Part[] = []
  lines.forEach((line, at) => {
    const last = parts.at(-1)
    if (isNear(at)) parts.push(line)
    else if (last && 'alike' in last) last.alike++
    else parts.push({ alike: 1 })
  })
  return parts.map((part, at) =>
    'alike' in part && part.alike === 1 ? (lines[lineAt(parts, at)] ?? part) : part,
  )
}

/** Which line a part begins with. */
const lineAt = (parts: readonly Part[], upTo: number): number =>
  parts.slice(0, upTo).reduce((sum, part) => sum + ('alike' in part ? part.alike : 1), 0)
