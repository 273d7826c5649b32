import { call } from '@/api/client'

export type Format = 'jsonl' | 'csv'

export const MEDIA: Record<Format, string> = { jsonl: 'application/x-ndjson', csv: 'text/csv' }
const EXPORT = '/v1/audit/export'
const MOST_PIECES = 1000 // ten million entries

/** The address of the next piece, from a `Link` header (RFC 8288): only the export's own, whatever it says. */
export function nextPiece(link: string | null): string | undefined {
  const found = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1]
  return found?.startsWith(`${EXPORT}?`) ? found : undefined
}

/** A CSV piece begins with its own heading; only the first one's is kept. */
export const withoutHeading = (text: string): string => text.slice(text.indexOf('\n') + 1)

/** The whole log in the pieces it comes in. `told` hears how many have come. */
export async function exportLog(format: Format, told: (pieces: number) => void): Promise<string[]> {
  const pieces: string[] = []
  let address: string | undefined = `${EXPORT}?format=${format}`
  while (address && pieces.length < MOST_PIECES) {
    const response: Response = await call(address, { headers: { accept: MEDIA[format] } })
    const text = await response.text()
    pieces.push(format === 'csv' && pieces.length > 0 ? withoutHeading(text) : text)
    told(pieces.length)
    address = nextPiece(response.headers.get('link'))
  }
  return pieces
}
