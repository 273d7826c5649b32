// Agents' templates, versions and instances as the API tells of them; types.check.ts compares.
import type { JsonObject, Mode, Tier } from '@/api/types'

export type VersionStatus =
  'draft' | 'candidate' | 'approved' | 'deprecated' | 'rolled_back' | 'quarantined' | 'retired'

/** An agent as its operators see it. Tenants run the approved version; the second is approved beside it. */
export interface Template {
  name: string
  owner: string
  description: string
  mode: Mode
  domain?: string
  tierMinimum: Tier
  approvedVersionId?: string | null
  secondVersionId?: string | null
  createdAt: string
  updatedAt: string
}

/** A version in its agent's tree. */
export interface VersionNode {
  versionId: string
  contentHash: string
  status: VersionStatus
  parent?: string | null
  depth: number
  children: string[]
  createdBy: string
  createdAt: string
  approvedAt?: string | null
}

/** A move that there is in a version's life. */
export interface Move {
  from: VersionStatus
  to: VersionStatus
  roles: string[]
  gates: string[]
}

export interface Lineage {
  agent: string
  approvedVersionId?: string | null
  secondVersionId?: string | null
  items: VersionNode[]
  moves: Move[]
}

export interface Version {
  versionId: string
  agent: string
  contentHash: string
  recordHash: string
  artifactDigest?: string | null
  artifactKey: string
  lockDigest?: string | null
  runtimeArn: string
  manifest: JsonObject
  prompts: Record<string, string>
  status: VersionStatus
  parent?: string | null
  createdBy: string
  createdAt: string
  updatedAt?: string | null
  approvedAt?: string | null
  movedBy?: string | null
  reason?: string | null
}

export interface Gate {
  gate: string
  holds: boolean
  why?: string | null
}

export interface Gates {
  versionId: string
  approvable: boolean
  gates: Gate[]
}

export interface VersionDiff {
  versionId: string
  against?: string | null
  changes: { pointer: string; before?: unknown; after?: unknown }[]
}

export interface Promotion {
  to: Exclude<VersionStatus, 'draft' | 'rolled_back'>
  asDefault?: boolean
  reason?: string
}

export interface RolledBack {
  agent: string
  rolledBack: string
  approvedVersionId?: string | null
}

/** Where an approval puts a version: what tenants run, or beside it. */
export type PromotionPlace = 'default' | 'second'

export type CertificationKind = 'security-review' | 'privacy-review' | 'compliance-review'

/** What somebody vouches for of a version's content. `holds` says whether it counts now. */
export interface Certification {
  certificationId: string
  versionId: string
  contentHash: string
  kind: CertificationKind
  grantedBy: string
  issuedAt: string
  expiresAt: string
  note?: string | null
  revokedAt?: string | null
  revokedBy?: string | null
  revokedReason?: string | null
  holds: boolean
}

export interface NewCertification {
  kind: CertificationKind
  expiresAt: string
  note?: string
}

/** An approval of a promotion: of exactly this content and state, for one place. It is used once. */
export interface PromotionApproval {
  approvalId: string
  versionId: string
  agent: string
  contentHash: string
  place: PromotionPlace
  status: 'pending' | 'approved' | 'denied' | 'expired' | 'void' | 'consumed'
  quorum: number
  votes: { principalId: string; choice: 'approve' | 'deny'; reason: string; at: string }[]
  reason: string
  requestedBy: string
  createdAt: string
  expiresAt: string
}

/** A promotion past closed gates. `closed` is what was seen when it was asked, and all that it goes past. */
export interface Override {
  requestId: string
  versionId: string
  agent: string
  contentHash: string
  place: PromotionPlace
  closed: { gate: string; why: string }[]
  reason: string
  status: 'open' | 'confirmed' | 'expired' | 'void'
  requestedBy: string
  createdAt: string
  expiresAt: string
  confirmedBy?: string | null
  confirmedAt?: string | null
}

/** What was seen of one version of a canary. Rates are shares of its runs. */
export interface Seen {
  versionId: string
  runs: number
  failed: number
  blocked: number
  failureRate: number
  blockRate: number
  p95Ms: number
}

/** A canary of the tenant's instance of an agent: how it stands and what was seen of both versions. */
export interface Canary {
  agent: string
  status: 'none' | 'on' | 'void' | 'ended'
  canaryId?: string | null
  percent?: number | null
  stable?: Seen | null
  candidate?: Seen | null
  verdict?: 'as_well' | 'error_rate' | 'latency' | 'guardrails' | null
  startedAt?: string | null
  startedBy?: string | null
  endedAt?: string | null
  endedBy?: string | null
  reason?: string | null
}

export interface CanaryShare {
  percent: number
  reason: string
  versionId?: string
}

export type InstanceStatus = 'active' | 'read_only' | 'draining' | 'paused' | 'halted' | 'quarantined'

/** A tenant's use of an agent, and how it stands. */
export interface Instance {
  agent: string
  instanceId?: string | null
  environment?: string | null
  versionId?: string | null
  status: InstanceStatus
  transitions: string[]
  reason?: string | null
  by?: string | null
  since?: string | null
  running?: number | null
  ended?: number | null
  createdAt?: string | null
}

/** What became of each of several instances. */
export interface BulkOutcome {
  done: number
  failed: number
  items: {
    agent: string
    done: boolean
    status?: InstanceStatus | null
    ended?: number | null
    code?: string | null
    detail?: string | null
  }[]
}
