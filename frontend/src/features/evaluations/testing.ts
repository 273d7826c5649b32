import type { CaseResult, Evaluation } from '@/api/evaluations'

/** An evaluation for tests. */
export const anEvaluation = (fields: Partial<Evaluation> = {}): Evaluation => ({
  evaluationId: 'evl_1',
  agent: 'echo-agent',
  versionId: 'ver_1',
  contentHash: 'c'.repeat(64),
  suite: 'echo-basics',
  suiteVersion: 1,
  suiteDigest: 'd'.repeat(64),
  status: 'running',
  trigger: 'request',
  requestedBy: 'operator',
  threshold: 0.9,
  cases: 10,
  repeats: 1,
  decided: 4,
  passed: 3,
  failed: 1,
  errors: 0,
  passRate: 0.75,
  interval: { low: 0.3, high: 0.95 },
  complete: false,
  createdAt: '2026-01-01T00:00:00Z',
  startedAt: '2026-01-01T00:00:10Z',
  ...fields,
})

/** What came of a case, for tests. */
export const aResult = (caseId: string, fields: Partial<CaseResult> = {}): CaseResult => ({
  caseId,
  repeat: 0,
  status: 'passed',
  latencyMs: 120,
  finishedAt: '2026-01-01T00:00:20Z',
  ...fields,
})
