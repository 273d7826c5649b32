import type { ReactNode } from 'react'

import { cn } from '@/lib/cn'

interface CardProps {
  title?: ReactNode
  actions?: ReactNode
  children: ReactNode
  className?: string
  flush?: boolean
  labelledBy?: string
}

/** A titled region of a page. `flush` lets a table or log reach the edges. */
export function Card({ title, actions, children, className, flush, labelledBy }: CardProps) {
  return (
    <section aria-labelledby={labelledBy} className={cn('min-w-0 rounded-lg border bg-surface', className)}>
      {title && (
        <header className="flex min-h-11 flex-wrap items-center justify-between gap-2 border-b px-4 py-2">
          <h2 id={labelledBy} className="text-sm font-semibold">
            {title}
          </h2>
          {actions}
        </header>
      )}
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  )
}
