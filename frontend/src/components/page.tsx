import { type ReactNode, useEffect, useRef } from 'react'

import { useTitle } from '@/lib/use-title'

interface PageProps {
  title: string
  heading?: ReactNode
  lead?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

let firstPage = true

/** A page: names itself in the tab, and after a navigation gives its heading the focus. */
export function Page({ title, heading, lead, actions, children }: PageProps) {
  const headingRef = useRef<HTMLHeadingElement>(null)
  useTitle(title)
  useEffect(() => {
    if (!firstPage) headingRef.current?.focus()
    firstPage = false
  }, [])
  return (
    <div className="mx-auto w-full max-w-6xl space-y-5 px-4 py-6 sm:px-6">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 space-y-1">
          <h1 ref={headingRef} tabIndex={-1} className="text-xl font-semibold tracking-tight break-words">
            {heading ?? title}
          </h1>
          {lead && <div className="max-w-prose text-ink-soft">{lead}</div>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  )
}
