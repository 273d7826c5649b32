// The part of the API's contract that this app uses; types.check.ts compares it with openapi/ambit.openapi.json.

export type Mode = 'sync' | 'streaming' | 'async'
export type RunStatus =
  | 'queued'
  | 'running'
  | 'awaiting_approval'
  | 'paused'
  | 'retrying'
  | 'succeeded'
  | 'failed'
  | 'halted'
  | 'cancelled'
  | 'timed_out'

export interface Money {
  amount: string
  currency: string
}

export interface Page<T> {
  items: T[]
  nextCursor?: string | null
}

export interface Agent {
  name: string
  description: string
  mode: Mode
  domain: string
  tierMinimum: string
  version: string
  versions?: { versionId: string; status: string; createdAt?: string }[] | null
}

export interface Usage {
  inputTokens: number
  outputTokens: number
  toolCalls: number
  durationMs: number
}

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
export type JsonObject = Record<string, Json>

export interface RunError {
  code: string
  message: string
}

export interface Run {
  runId: string
  agent: string
  mode: Mode
  status: RunStatus
  version?: string | null
  sessionId?: string | null
  jobId?: string | null
  input?: string
  context?: JsonObject | null
  files?: JsonObject[]
  output?: Json
  outputOmitted?: boolean | null
  usage?: Usage
  cost?: Money
  error?: RunError | null
  progress?: Progress | null
  createdAt?: string
  startedAt?: string | null
  finishedAt?: string | null
}

export interface Progress {
  percent?: number | null
  message?: string | null
}

export interface Job {
  jobId: string
  runId: string
  status: RunStatus
  progress?: Progress | null
  result?: Run | null
  error?: RunError | null
}

export interface AcceptedJob {
  jobId: string
  runId: string
  status: RunStatus
  mode: Mode
  pollUrl: string
}

export interface RunEvent {
  runId: string
  sessionId?: string
  seq: number
  stream: 'assistant' | 'tool' | 'lifecycle'
  event: string
  payload: JsonObject
  timestamp: string
}

export interface Session {
  sessionId: string
  agent: string
  runs: number
  createdAt: string
  lastRunAt: string
}

export interface Tenant {
  id: string
  name: string
  tier: string
  status: string
  residency?: string
  monthlyBudget?: Money
  adminEmail?: string | null
  createdAt?: string
}

/** What a tenant's administrator may change; what is left out stays. */
export interface TenantSettings {
  name?: string
  adminEmail?: string
}

/** A tenant as operators see it. */
export interface TenantRecord extends Tenant {
  residency: string
  monthlyBudget: Money
  suspendedAt?: string | null
  suspensionReason?: string | null
  operationId?: string | null
  createdAt: string
  updatedAt: string
}

/** A file of an export, to be fetched from `url` until `expiresAt`. */
export interface Download {
  name: string
  bytes: number
  sha256: string
  url: string
  expiresAt: string
}

export interface NewTenant {
  id: string
  name: string
  tier: Tier
  monthlyBudget?: string
  adminEmail?: string
}

export type Tier = 'basic' | 'standard' | 'premium'

/** Long work on a tenant. */
export interface Operation {
  operationId: string
  kind: string
  status: string
  progress: number
  error?: RunError | null
  downloads?: Download[] | null
  /** What a deletion ended in. */
  certificate?: Record<string, unknown> | null
  createdAt: string
  updatedAt: string
}

/** What a machine may do, and from where. What is left out is not limited, but the scopes always are. */
export interface Grant {
  name: string
  scopes: string[]
  agents?: string[] | null
  domains?: string[] | null
  ipAllow?: string[] | null
  ratePerSecond?: number | null
}

export interface NewApiKey extends Grant {
  expiresAt?: string
}

export interface ApiKey extends Grant {
  keyId: string
  prefix: string
  status: string
  expiresAt: string
  secrets: { prefix: string; createdAt: string; expiresAt: string }[]
  createdBy: string
  createdAt: string
  rotatedAt?: string | null
  revokedAt?: string | null
  lastUsedAt?: string | null
  useCount?: number
}

/** A key just made or rotated. A repeated request is answered without the secret. */
export interface IssuedApiKey extends ApiKey {
  secret?: string | null
}

export interface NewAwsCaller extends Grant {
  roleArn: string
}

export interface AwsCaller extends NewAwsCaller {
  callerId: string
  createdBy: string
  createdAt: string
}

export interface Member {
  userId: string
  principalId: string
  email: string
  roles: string[]
  status: 'active' | 'disabled'
  invitedBy: string
  createdAt: string
  updatedAt: string
}

export interface NewInvite {
  email: string
  roles: string[]
  expiresInDays: number
}

export interface Invite {
  inviteId: string
  email: string
  roles: string[]
  state: 'open' | 'accepted' | 'expired' | 'withdrawn'
  createdBy: string
  createdAt: string
  expiresAt: string
}

/** An invite just made. A repeated request is answered without the token. */
export interface IssuedInvite extends Invite {
  token?: string | null
}

/** One entry of a tenant's audit log. Who and what is absent once the detail was erased. */
export interface AuditEntry {
  seq: number
  time: string
  actor: string
  principalId?: string | null
  action: string
  target: string
  decision: string
  detail?: Record<string, unknown> | null
  hash: string
}

export interface Upload {
  fileId: string
  key: string
  uploadUrl: string
  uploadHeaders: Record<string, string>
  expiresAt: string
}

export interface Invocation {
  input: string
  sessionId?: string
  context?: JsonObject
  files?: string[]
}

export interface Profile {
  subject: string
  email?: string | null
  name?: string | null
  tenantId?: string | null
  roles?: string[]
}

export interface WebSession {
  authenticated: boolean
  user?: Profile | null
  idleExpiresAt?: string | null
  absoluteExpiresAt?: string | null
}

export const FINAL_STATUSES: ReadonlySet<string> = new Set([
  'succeeded',
  'failed',
  'halted',
  'cancelled',
  'timed_out',
])
export const MAX_INPUT_CHARACTERS = 50_000
