import { type QueryClient, useQuery } from '@tanstack/react-query'

import { getJson, postJson } from '@/api/client'
import { address, usePages } from '@/api/pages'
import type { Approval, ApprovalSummary } from '@/api/types'

const APPROVALS = '/v1/approvals'
const LOOK_AGAIN_MS = 5000

export type Choice = 'approve' | 'deny'

/** Approvals in one state, or all of them; what is pending is looked at again by itself. */
export const useApprovals = (status: string) =>
  usePages<ApprovalSummary>(
    'approvals',
    APPROVALS,
    25,
    { status },
    status === 'pending' ? LOOK_AGAIN_MS : false,
  )

export function useApproval(id: string) {
  return useQuery({
    queryKey: ['approvals', id],
    queryFn: ({ signal }) => getJson<Approval>(address(APPROVALS, id), signal),
  })
}

export const approvalsChanged = (client: QueryClient) => client.invalidateQueries({ queryKey: ['approvals'] })

/** Decide about exactly what was looked at: its digest and its version go along, and the API compares. */
export const decide = (seen: Approval, decision: Choice, reason: string) =>
  postJson<ApprovalSummary>(
    address(APPROVALS, seen.approvalId, '/decision'),
    { decision, reason, digest: seen.digest },
    { headers: { 'if-match': `"${seen.version}"` } },
  )
