import type { ReactNode } from 'react'

import { itemsOf, type Pages } from '@/api/pages'
import { ProblemAlert } from '@/components/problem-alert'
import { Button } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { SkeletonRows } from '@/components/ui/skeleton'
import { cn } from '@/lib/cn'

/** A column. The first one names the row; `end` sets numbers and buttons at the right edge, `wide` ones are left out
 * where there is no room. */
export interface Column<T> {
  head: string
  cell: (row: T) => ReactNode
  end?: boolean
  wide?: boolean
}

interface TableProps<T> {
  name: string
  rows: T[]
  columns: Column<T>[]
  keyOf: (row: T) => string
}

const CELL = 'px-3 py-2.5 whitespace-nowrap sm:px-4'
const look = ({ end, wide }: Pick<Column<unknown>, 'end' | 'wide'>) =>
  cn(end ? 'text-right tabular-nums' : 'text-left', wide && 'hidden sm:table-cell')

/** Rows as a table in a box that scrolls sideways by itself. */
export function DataTable<T>({ name, rows, columns, keyOf }: TableProps<T>) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a box that scrolls must be reachable by keyboard
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={`${name}, scrollable`}>
      <table className="w-full text-sm">
        <caption className="sr-only">{name}</caption>
        <thead className="border-b bg-sunken/60 text-xs text-ink-soft">
          <tr>
            {columns.map((column) => (
              <th
                key={column.head}
                scope="col"
                className={cn('px-3 py-2 font-medium whitespace-nowrap sm:px-4', look(column))}
              >
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={keyOf(row)} className="hover:bg-sunken/60">
              {columns.map((column, at) =>
                at === 0 ? (
                  <th key={column.head} scope="row" className={cn(CELL, 'text-left font-normal')}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.head} className={cn(CELL, look(column))}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface ListingProps<T> extends Omit<TableProps<T>, 'rows'> {
  list: Pages<T>
  empty: ReactNode
  more?: string
  title?: string
}

/** A list of the API as a table, with what to show while it loads, when it fails, and when there is nothing in it. */
export function Listing<T>({ list, empty, more = 'Show more', title, ...table }: ListingProps<T>) {
  const rows = itemsOf(list)
  return (
    <>
      {list.isError && <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />}
      <Card flush {...(title && { title, labelledBy: title.toLowerCase().replaceAll(' ', '-') })}>
        {list.isPending && <SkeletonRows label={`Loading: ${table.name}`} />}
        {list.isSuccess && rows.length === 0 && empty}
        {rows.length > 0 && <DataTable rows={rows} {...table} />}
      </Card>
      {list.hasNextPage && (
        <Button onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
          {more}
        </Button>
      )}
    </>
  )
}
