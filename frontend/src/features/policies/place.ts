const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

interface Frame {
  list: boolean
  key: string
  /** Whether the key of the value that comes next is known: always, in a list. */
  named: boolean
}

const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')
const pointerTo = (frames: Frame[]) => frames.map(({ key }) => `/${escaped(key)}`).join('')

function keyOf(token: string): string {
  try {
    return String(JSON.parse(token))
  } catch {
    return token // the text is not JSON here: its other places are found all the same
  }
}

/** Every place of a JSON text with its JSON pointer, in order; a member of an object is where its name is. */
function* places(text: string): Generator<[pointer: string, offset: number]> {
  const frames: Frame[] = []
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const inner = frames.at(-1)
    if (token === '}' || token === ']') frames.pop()
    else if (token === ',' && inner?.list) inner.key = String(Number(inner.key) + 1)
    else if (token === ',' && inner) inner.named = false
    else if (token !== ':' && token !== ',') {
      const names = inner && !inner.named
      if (names) {
        inner.key = keyOf(token)
        inner.named = true
      }
      yield [pointerTo(frames), index]
      if (!names && (token === '{' || token === '[')) {
        frames.push({ list: token === '[', key: '0', named: token === '[' })
      }
    }
  }
}

/** The line, from 1, on which a JSON text has what a pointer names, or else the nearest thing around it. */
export function lineOf(text: string, pointer: string): number {
  const found = new Map<string, number>()
  for (const [place, offset] of places(text)) if (!found.has(place)) found.set(place, offset)
  let wanted = pointer
  while (wanted && !found.has(wanted)) wanted = wanted.slice(0, wanted.lastIndexOf('/'))
  return text.slice(0, found.get(wanted) ?? 0).split('\n').length
}

/** Where a line of a text begins and ends. */
export function rangeOf(text: string, line: number): [start: number, end: number] {
  const lines = text.split('\n')
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  return [start, start + (lines[line - 1]?.length ?? 0)]
}
