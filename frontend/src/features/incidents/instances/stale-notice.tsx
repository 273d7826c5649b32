import { problemOf } from '@/api/problem'

/** Whether a change was refused because the thing is no longer as it was looked at. */
export const isStale = (error: unknown): boolean => problemOf(error).status === 412

/** That somebody else was faster, and that nothing was done. */
export function StaleNotice() {
  return (
    <div role="alert" className="mb-4 rounded-md border-l-4 border-warn bg-warn-soft px-3 py-2">
      <p className="font-medium">Nothing was changed: somebody else changed it meanwhile.</p>
      <p>The page shows how it stands now. Decide again.</p>
    </div>
  )
}
