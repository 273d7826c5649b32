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
  budget?: RunBudget | null
  governor?: RunGovernor | null
  halt?: JsonObject | null
  recorded?: boolean | null
}

export interface ReplayedCall {
  position?: number | null
  kind: 'tool' | 'tools' | 'model' | 'models' | 'events' | 'complete' | 'checkpoint'
  name: string
  hash: string
  result: 'same' | 'diverged' | 'moved' | 'missing' | 'added'
}

export interface ReplayDifference {
  what: 'call' | 'event' | 'outcome'
  position: number
  expected?: string | null
  got?: string | null
}

export interface ReplaySequence {
  hash: string
  calls: number
  events: number
}

export interface ReplaySummary {
  replayId: string
  runId: string
  status: 'running' | 'finished' | 'failed'
  version: string
  attempt: number
  createdAt: string
  error?: Record<string, unknown> | null
  identical?: boolean | null
}

export interface Replay extends ReplaySummary {
  recorded?: ReplaySequence | null
  replayed?: ReplaySequence | null
  calls?: ReplayedCall[]
  differences?: ReplayDifference[]
}

/** A run's money: the most it may cost (known from its first call on), what was set aside, what is in flight. */
export interface RunBudget {
  limit?: Money | null
  reserved: Money
  held: Money
}

export type HaltKind = 'SAFETY' | 'OVERRISK' | 'EXTERNAL' | 'STAGNATION' | 'EXHAUSTION'

export interface GovernorRule {
  rule: string
  halt: HaltKind
  says: string
  threshold: number
  observed: number
}

export interface RunGovernor {
  profile: string
  step: number
  rules: GovernorRule[]
}

export interface Progress {
  percent?: number | null
  message?: string | null
}

/** What a job tells of itself, in a list and by itself. */
interface JobStanding {
  jobId: string
  runId: string
  agent: string
  status: RunStatus
  createdAt: string
  finishedAt?: string | null
  progress?: Progress | null
  attempt?: number | null
  heartbeatAt?: string | null
  checkpointAt?: string | null
  approvalId?: string | null
  requeuedFrom?: string | null
  requeuedAs?: string | null
  error?: RunError | null
}

export interface Job extends JobStanding {
  result?: Run | null
  resultUrl?: string | null
  resultUrlExpiresAt?: string | null
}

export interface JobSummary extends JobStanding {
  version: string
  sessionId: string
  startedAt?: string | null
  cost: Money
}

export interface CancelledJobs {
  done: number
  failed: number
  items: {
    jobId: string
    done: boolean
    status?: RunStatus | null
    code?: string | null
    detail?: string | null
  }[]
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

/** To what a caller narrows a run; it can only take away. */
export interface RunScope {
  tools?: string[]
  autonomyTier?: number
}

export interface Invocation {
  input: string
  sessionId?: string
  context?: JsonObject
  files?: string[]
  scope?: RunScope
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

export type IncidentStatus = 'open' | 'mitigated' | 'resolved'
export type MitigationAction = 'pause' | 'quarantine' | 'revoke' | 'kill_run'

export interface IncidentSummary {
  incidentId: string
  kind: string
  severity: string
  status: IncidentStatus
  title: string
  about: string
  agent?: string | null
  count: number
  openedAt: string
  lastEventAt: string
  assignee?: string | null
}

export interface TimelineEntry {
  at: string
  type: string
  title: string
  source: string
  by?: string | null
  note?: string | null
  auditSeq?: number | null
}

export interface Incident extends IncidentSummary {
  timeline: TimelineEntry[]
  postmortem?: string | null
  transitions: IncidentStatus[]
}

export interface IncidentChange {
  status?: IncidentStatus
  note?: string
}

export interface Hold {
  agent: string
  state: string
  reason?: string | null
  since?: string | null
  graveHalts: number
  resets: { by: string; reason: string; state: string; at: string }[]
}

export interface KillSwitch {
  switchId: string
  scope: string
  target: string
  reason: string
  createdBy: string
  createdAt: string
}

export const FINAL_STATUSES: ReadonlySet<string> = new Set([
  'succeeded',
  'failed',
  'halted',
  'cancelled',
  'timed_out',
])
export const MAX_INPUT_CHARACTERS = 50_000

export interface ApprovalSummary {
  approvalId: string
  kind: 'promotion' | 'tool' | 'autonomy' | 'reactivation'
  status: 'pending' | 'approved' | 'denied' | 'expired' | 'void' | 'consumed'
  version: number
  risk: 'low' | 'medium' | 'high' | 'critical'
  agent: string
  versionId: string
  runId?: string | null
  tool?: string | null
  digest: string
  ruleId: string
  explanation: string
  requiredRoles: string[]
  quorum: number
  approvals: number
  startedBy: string
  createdAt: string
  expiresAt: string
  decidedAt?: string | null
}

export interface Approval extends ApprovalSummary {
  arguments: JsonObject
  argumentsText: string
  votes: { principalId: string; role: string; decision: 'approve' | 'deny'; reason: string; at: string }[]
  mayDecide: boolean
}

export type Answer = 'ALLOW' | 'NEEDS_APPROVAL' | 'DENY'

export interface PolicySummary {
  policyId: string
  name: string
  agent?: string | null
  version: number
  createdBy: string
  createdAt: string
  updatedBy: string
  updatedAt: string
}

/** A policy in one of its versions. `shadow` is asked beside it and decides nothing. */
export interface Policy extends PolicySummary {
  override: JsonObject
  shadow?: JsonObject | null
}

export interface Decision {
  decision: Answer
  riskLevel: 'low' | 'medium' | 'high' | 'critical'
  requiredApprovals: string[]
  explanation: string
  ruleId: string
  policies: { policyId: string; version: number }[]
}

interface Outcome {
  decision: Answer
  ruleId: string
  explanation: string
}

export interface Simulation {
  runs: number
  total: number
  changed: number
  undecidable: number
  counts: { from: Answer; to: Answer; count: number }[]
  changes: {
    runId: string
    event: number
    tool: string
    direction: 'stricter' | 'looser'
    before: Outcome
    after: Outcome
  }[]
}
