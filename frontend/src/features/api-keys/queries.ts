import { type QueryClient, useQuery } from '@tanstack/react-query'

import { getJson, postJson, remove } from '@/api/client'
import { address, usePages } from '@/api/pages'
import type { ApiKey, AwsCaller, IssuedApiKey, NewApiKey, NewAwsCaller } from '@/api/types'

const KEYS = '/v1/api-keys'
const CALLERS = '/v1/aws-callers'

export const useApiKeys = () => usePages<ApiKey>('api-keys', KEYS, 25)
export const useAwsCallers = () => usePages<AwsCaller>('aws-callers', CALLERS, 25)

export function useApiKey(id: string) {
  return useQuery({
    queryKey: ['api-keys', id],
    queryFn: ({ signal }) => getJson<ApiKey>(address(KEYS, id), signal),
  })
}

export const keysChanged = (client: QueryClient) => client.invalidateQueries({ queryKey: ['api-keys'] })
export const callersChanged = (client: QueryClient) => client.invalidateQueries({ queryKey: ['aws-callers'] })

const once = (attempt: string) => ({ headers: { 'idempotency-key': attempt } })

export const createKey = (key: NewApiKey, attempt: string) => postJson<IssuedApiKey>(KEYS, key, once(attempt))
export const rotateKey = (id: string, overlapSeconds: number, attempt: string) =>
  postJson<IssuedApiKey>(address(KEYS, id, '/rotate'), { overlapSeconds }, once(attempt))
export const revokeKey = (id: string) => remove(address(KEYS, id))
export const createCaller = (caller: NewAwsCaller, attempt: string) =>
  postJson<AwsCaller>(CALLERS, caller, once(attempt))
export const deleteCaller = (id: string) => remove(address(CALLERS, id))
