import { useQuery } from '@tanstack/react-query'

import { getJson } from '@/api/client'
import { address, usePages } from '@/api/pages'
import type { Agent } from '@/api/types'

const AGENTS = '/v1/agents'

export const useAgents = () => usePages<Agent>('agents', AGENTS, 50)

export function useAgent(name: string) {
  return useQuery({
    queryKey: ['agents', name],
    queryFn: ({ signal }) => getJson<Agent>(address(AGENTS, name), signal),
  })
}
