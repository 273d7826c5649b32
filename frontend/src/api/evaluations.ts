// Suites and evaluations as the API tells of them; types.check.ts compares.
import type { JsonObject, Money } from '@/api/types'

export type EvaluationStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

export interface Suite {
  name: string
  version: number
  digest: string
  description: string
  agents: string[]
  required: boolean
  threshold: number
  repeats: number
  concurrency: number
  cases: number
  source?: string | null
  licence?: string | null
  createdBy: string
  createdAt: string
}

/** What a case asks, and what is made of the answer: a scorer's `type` and whatever that one needs. */
export interface SuiteCase {
  caseId: string
  input: string
  context?: JsonObject | null
  scorers: ({ type: string } & Record<string, unknown>)[]
  timeoutSeconds?: number | null
  tags?: string[]
}

export interface SuiteContent extends Suite {
  content: SuiteCase[]
}

export interface Interval {
  low: number
  high: number
}

export interface Evaluation {
  evaluationId: string
  agent: string
  versionId: string
  contentHash: string
  suite: string
  suiteVersion: number
  suiteDigest: string
  status: EvaluationStatus
  trigger: 'request' | 'candidate'
  requestedBy: string
  threshold: number
  cases: number
  repeats: number
  decided: number
  passed: number
  failed: number
  errors: number
  passRate: number
  interval: Interval
  flaky?: string[]
  complete: boolean
  verdict?: 'passed' | 'failed' | null
  evidenceDigest?: string | null
  error?: Record<string, unknown> | null
  createdAt: string
  startedAt?: string | null
  finishedAt?: string | null
}

export interface Score {
  scorer: string
  passed: boolean
  value: number
  reason: string
}

export type CaseStatus = 'passed' | 'failed' | 'error'

/** What came of one asking of a case. */
export interface CaseResult {
  caseId: string
  repeat: number
  status: CaseStatus
  scores?: Score[]
  output?: string | null
  runId?: string | null
  latencyMs?: number | null
  cost?: Money | null
  tools?: string[]
  error?: Record<string, unknown> | null
  finishedAt: string
}

export interface Comparison {
  evaluationId: string
  baselineId: string
  baselineVersionId: string
  compared: number
  worse: string[]
  better: string[]
  pValue: number
  significant: boolean
}

/** Where a bundle of evidence is downloaded until `expiresAt`. */
export interface EvidenceLink {
  evaluationId: string
  digest: string
  bytes: number
  url: string
  expiresAt: string
}

export interface EvidenceKey {
  keyId: string
  algorithm?: 'ES256'
  pem: string
}

export interface NewEvaluation {
  versionId: string
  suite: string
}
