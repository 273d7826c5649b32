import type { Certification, Override, PromotionApproval } from '@/api/registry'

const HASH = 'c'.repeat(64)
const OF = { versionId: 'ver_b', agent: 'echo-agent', contentHash: HASH }

/** An approval that waits, for tests. */
export const anApproval = (fields: Partial<PromotionApproval> = {}): PromotionApproval => ({
  ...OF,
  approvalId: 'pra_1',
  place: 'default',
  status: 'pending',
  quorum: 2,
  votes: [],
  reason: 'ready for customers',
  requestedBy: 'usr:aa:anna',
  createdAt: '2026-01-01T00:00:00Z',
  expiresAt: '2999-01-03T00:00:00Z',
  ...fields,
})

/** A certification that holds, for tests. */
export const aCertification = (fields: Partial<Certification> = {}): Certification => ({
  ...OF,
  certificationId: 'crt_1',
  kind: 'security-review',
  grantedBy: 'usr:aa:anna',
  issuedAt: '2026-01-01T00:00:00Z',
  expiresAt: '2999-01-01T00:00:00Z',
  holds: true,
  ...fields,
})

/** A promotion past a closed gate that waits, for tests. */
export const anOverride = (fields: Partial<Override> = {}): Override => ({
  ...OF,
  requestId: 'bgp_1',
  place: 'default',
  closed: [{ gate: 'evaluation', why: 'echo-basics: Its pass rate is 50.0%, below 90.0%.' }],
  reason: 'customers wait for it',
  status: 'open',
  requestedBy: 'usr:aa:anna',
  createdAt: '2026-01-01T00:00:00Z',
  expiresAt: '2999-01-01T01:00:00Z',
  ...fields,
})
