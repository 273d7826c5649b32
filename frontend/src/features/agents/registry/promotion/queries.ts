import { useQuery } from '@tanstack/react-query'

import { getJson, postJson } from '@/api/client'
import { address } from '@/api/pages'
import type { Certification, NewCertification, Override, PromotionApproval, Version } from '@/api/registry'

const VERSIONS = '/v1/versions'
const LIVE_MS = 15_000

type Kept = 'certifications' | 'approvals' | 'break-glass'

/** What people did about a version's gates, newest first; read again while it is looked at: others act too. */
function useKept<T>(kept: Kept, versionId: string) {
  return useQuery({
    queryKey: ['templates', kept, versionId],
    queryFn: ({ signal }) =>
      getJson<{ items: T[] }>(address(VERSIONS, versionId, `/${kept}`), signal).then(({ items }) => items),
    refetchInterval: LIVE_MS,
  })
}

export const useCertifications = (versionId: string) => useKept<Certification>('certifications', versionId)
export const usePromotionApprovals = (versionId: string) => useKept<PromotionApproval>('approvals', versionId)
export const useOverrides = (versionId: string) => useKept<Override>('break-glass', versionId)

const once = (attempt: string) => ({ headers: { 'idempotency-key': attempt } })

export const certify = (versionId: string, wanted: NewCertification, attempt: string) =>
  postJson<Certification>(address(VERSIONS, versionId, '/certifications'), wanted, once(attempt))

export const revokeCertification = ({ versionId, certificationId }: Certification, reason: string) =>
  postJson<Certification>(
    address(VERSIONS, versionId, address('/certifications', certificationId, '/revoke')),
    { reason },
  )

interface Asked {
  reason: string
  asDefault: boolean
}

export const askApproval = (versionId: string, asked: Asked, attempt: string) =>
  postJson<PromotionApproval>(address(VERSIONS, versionId, '/approvals'), asked, once(attempt))

export const decideApproval = (
  { versionId, approvalId }: PromotionApproval,
  decision: 'approve' | 'deny',
  reason: string,
) =>
  postJson<PromotionApproval>(address(VERSIONS, versionId, address('/approvals', approvalId, '/decision')), {
    decision,
    reason,
  })

export const askOverride = (versionId: string, asked: Asked, attempt: string) =>
  postJson<Override>(address(VERSIONS, versionId, '/break-glass'), asked, once(attempt))

export const confirmOverride = ({ versionId, requestId }: Override) =>
  postJson<Version>(address(VERSIONS, versionId, address('/break-glass', requestId, '/confirm')))
