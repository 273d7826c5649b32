import { useState } from 'react'

/**
 * The ids in the order in which they came, the oldest first, and none taken away while the page is open: under a
 * button that is about to be pressed nothing may move. Ids are ordered by time.
 */
export function useKept(ids: string[]): string[] {
  const [kept, setKept] = useState<string[]>([])
  const fresh = ids.filter((id) => !kept.includes(id)).sort()
  if (fresh.length > 0) setKept([...kept, ...fresh])
  return fresh.length > 0 ? [...kept, ...fresh] : kept
}
