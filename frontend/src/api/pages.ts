import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect } from 'react'

import { getJson } from '@/api/client'
import type { Page } from '@/api/types'

export type Filters = Record<string, string | undefined>
export type Pages<T> = UseInfiniteQueryResult<InfiniteData<Page<T>>>

/** The address of one page of a list: filters that say nothing are left out. */
export function pageAddress(path: string, limit: number, filters: Filters, cursor: string): string {
  const said = Object.entries({ ...filters, cursor }).flatMap(([name, value]) =>
    value ? [[name, value] as [string, string]] : [],
  )
  const query = new URLSearchParams([['limit', String(limit)], ...said])
  return `${path}?${query.toString()}`
}

/** A list of the API, page after page. `key` names it in the cache; the filters are part of the name.
 * With an interval, in milliseconds, it is read again while the page is looked at. */
export function usePages<T>(
  key: string,
  path: string,
  limit: number,
  filters: Filters = {},
  refetchInterval: number | false = false,
): Pages<T> {
  return useInfiniteQuery({
    refetchInterval,
    queryKey: [key, 'list', filters],
    queryFn: ({ signal, pageParam }) =>
      getJson<Page<T>>(pageAddress(path, limit, filters, pageParam), signal),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  })
}

/** Go on until the last page, or until it is enough: for lists that are filtered or counted here, and for filters of
 * the API, whose pages may be empty and not the last. */
export function useWhole<T>(pages: Pages<T>, enough = false): Pages<T> {
  const { hasNextPage, isFetching, isError, fetchNextPage } = pages
  useEffect(() => {
    if (!enough && hasNextPage && !isFetching && !isError) void fetchNextPage()
  }, [enough, hasNextPage, isFetching, isError, fetchNextPage])
  return pages
}

export const itemsOf = <T>(pages: Pages<T>): T[] => pages.data?.pages.flatMap((page) => page.items) ?? []

/** The address of one thing: ids come from people and links. */
export const address = (path: string, id: string, action = ''): string =>
  `${path}/${encodeURIComponent(id)}${action}`
