import { type QueryClient, useQuery } from '@tanstack/react-query'

import { getTagged, patchJson, postJson, remove } from '@/api/client'
import { address, usePages } from '@/api/pages'
import type { Invite, IssuedInvite, Member, NewInvite } from '@/api/types'

const USERS = '/v1/users'
const INVITES = `${USERS}/invites`

export const useMembers = () => usePages<Member>('members', USERS, 50)
export const useInvites = () => usePages<Invite>('invites', INVITES, 25)

const readMember = (id: string, signal?: AbortSignal) => getTagged<Member>(address(USERS, id), signal)

/** A member as it is now, with the version that a change has to name. */
export function useMember(id: string) {
  return useQuery({
    queryKey: ['members', id],
    queryFn: ({ signal }) => readMember(id, signal),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false, // a form is open on what was read
  })
}

export const membersChanged = (client: QueryClient) => client.invalidateQueries({ queryKey: ['members'] })
export const invitesChanged = (client: QueryClient) => client.invalidateQueries({ queryKey: ['invites'] })

export const changeRoles = (id: string, roles: string[], etag: string) =>
  patchJson<Member>(address(USERS, id), { roles }, etag)

/** Let a member in or keep it out. What else changed meanwhile does not matter for that. */
export async function changeStatus(id: string, status: Member['status']): Promise<Member> {
  const { etag } = await readMember(id)
  return patchJson<Member>(address(USERS, id), { status }, etag)
}

const once = (attempt: string) => ({ headers: { 'idempotency-key': attempt } })

export const invite = (wanted: NewInvite, attempt: string) =>
  postJson<IssuedInvite>(INVITES, wanted, once(attempt))
export const withdrawInvite = (id: string) => remove(address(INVITES, id))
export const acceptInvite = (token: string, attempt: string) =>
  postJson<Member>(`${INVITES}/accept`, { token }, once(attempt))
