import { useInfiniteQuery, useQuery } from '@tanstack/react-query'

import { getJson } from '@/api/client'
import type { Agent, Page } from '@/api/types'

export function useAgents() {
  return useInfiniteQuery({
    queryKey: ['agents'],
    queryFn: ({ signal, pageParam }) =>
      getJson<Page<Agent>>(
        `/v1/agents?limit=50${pageParam ? `&cursor=${encodeURIComponent(pageParam)}` : ''}`,
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  })
}

export function useAgent(name: string) {
  return useQuery({
    queryKey: ['agents', name],
    queryFn: ({ signal }) => getJson<Agent>(`/v1/agents/${encodeURIComponent(name)}`, signal),
  })
}
