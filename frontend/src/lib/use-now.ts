import { useEffect, useState } from 'react'

const SECOND_MS = 1000

/** The time in milliseconds since the epoch, moving once a second while `moving`. */
export function useNow(moving: boolean): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!moving) return undefined
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS)
    return () => clearInterval(timer)
  }, [moving])
  return now
}
