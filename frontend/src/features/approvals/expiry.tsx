import { useEffect, useState } from 'react'

import { remaining } from '@/features/approvals/remaining'

/** What is left of the time to decide, counting down. */
export function Expiry({ until }: { until: string }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  const left = remaining(until, now)
  return <time dateTime={until}>{left ? `${left} left` : 'Time is over'}</time>
}
