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
