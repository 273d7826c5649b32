import { type QueryClient, useQueryClient } from '@tanstack/react-query'

import { postJson, remove } from '@/api/client'
import { address, usePages } from '@/api/pages'
import type { KillSwitch } from '@/api/types'
import { isOperator, isTenantPerson, useProfile } from '@/features/bff/session'

const KEY = 'kill-switches'

/** Operators stop anything, across tenants; a tenant's administrators what is their own. */
export const useIsPlatform = (): boolean => {
  const profile = useProfile()
  return isOperator(profile) && !isTenantPerson(profile)
}

const pathOf = (platform: boolean): string => (platform ? '/v1/kill-switches' : '/v1/tenant/kill-switches')

export const useSwitches = (platform: boolean) => usePages<KillSwitch>(KEY, pathOf(platform), 50)

export interface Stop {
  scope: string
  reason: string
  target?: string
}

const changed = (client: QueryClient) => client.invalidateQueries({ queryKey: [KEY] })

/** The two things that can be done about a switch; the list is read again after either. */
export function useSwitching(platform: boolean) {
  const client = useQueryClient()
  return {
    set: async (stop: Stop, attempt: string) => {
      await postJson(pathOf(platform), stop, { headers: { 'idempotency-key': attempt } })
      await changed(client)
    },
    clear: async (switchId: string) => {
      await remove(address(pathOf(platform), switchId))
      await changed(client)
    },
  }
}
