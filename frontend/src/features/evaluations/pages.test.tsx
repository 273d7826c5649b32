import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'

import { type Answers, fakeApi, renderAt } from '@/app/testing'
import { ComparePage, sayComparison } from '@/features/evaluations/compare-page'
import { EvaluationsPage } from '@/features/evaluations/evaluations-page'
import { EvaluationPage } from '@/features/evaluations/evaluation-page'
import { NewEvaluationPage } from '@/features/evaluations/new-evaluation-page'
import { anEvaluation, aResult } from '@/features/evaluations/testing'
import { aLineage, aNode, aVersion } from '@/features/agents/registry/testing'

const OPERATOR = { subject: 'ops', roles: ['Platform.Operator'] }
const SUITE = {
  name: 'echo-basics',
  version: 1,
  digest: 'd'.repeat(64),
  description: 'Says it again.',
  agents: ['echo-agent'],
  required: true,
  threshold: 0.9,
  repeats: 1,
  concurrency: 4,
  cases: 2,
  createdBy: 'operator',
  createdAt: '2026-01-01T00:00:00Z',
  content: [
    { caseId: 'hello', input: 'Say hello.', scorers: [{ type: 'exact', expected: 'hello' }] },
    { caseId: 'json', input: 'Say JSON.', scorers: [{ type: 'regex', pattern: '^{' }] },
  ],
}
const RESULTS = [
  aResult('hello', { output: 'hello', scores: [{ scorer: 'exact', passed: true, value: 1, reason: '' }] }),
  aResult('json', {
    status: 'failed',
    output: 'no',
    scores: [{ scorer: 'regex', passed: false, value: 0, reason: 'no match of the pattern' }],
  }),
]
const ENDED = anEvaluation({
  status: 'succeeded',
  verdict: 'failed',
  cases: 2,
  decided: 2,
  passed: 1,
  failed: 1,
  passRate: 0.5,
  finishedAt: '2026-01-01T00:00:30Z',
})
const BASE = {
  'GET /v1/evaluation-runs/evl_1/cases': { items: RESULTS },
  'GET /v1/evaluation-suites/echo-basics': SUITE,
  'GET /v1/evaluation-runs': { items: [] },
}

function show(answers: Answers, query = '') {
  const sent = fakeApi(OPERATOR, { ...BASE, ...answers })
  const router = renderAt(`/evaluations/evl_1${query}`, '/evaluations/:id', <EvaluationPage />)
  return { sent, router }
}

afterEach(() => vi.unstubAllGlobals())

it('shows what was asked of a case, what was answered, and why that did not pass', async () => {
  const { router } = show({ 'GET /v1/evaluation-runs/evl_1': ENDED })
  await userEvent.click(await screen.findByRole('button', { name: /json/ }))
  const details = screen.getByRole('article', { name: 'json' })
  await within(details).findByText('Say JSON.')
  within(details).getByText('no match of the pattern')
  within(details).getByText('{"pattern":"^{"}')
  expect(router.state.location.search).toBe('?case=json')
})

it('opens the case that the address names, and filters by status', async () => {
  show({ 'GET /v1/evaluation-runs/evl_1': ENDED }, '?case=hello&status=passed')
  await screen.findByRole('article', { name: 'hello' })
  expect(screen.queryByRole('button', { name: /json/ })).toBeNull()
})

it('is looked at again until it is over, and no more', async () => {
  let asked = 0
  const running = anEvaluation({
    cases: 2,
    decided: 1,
    passed: 1,
    failed: 0,
    createdAt: new Date().toISOString(),
    startedAt: new Date().toISOString(),
  })
  show({ 'GET /v1/evaluation-runs/evl_1': () => (++asked < 3 ? running : ENDED) })
  await screen.findByRole('button', { name: 'Cancel evaluation' })
  await screen.findByText('The evaluation has ended: failed.', undefined, { timeout: 5000 })
  expect(screen.queryByRole('button', { name: 'Cancel evaluation' })).toBeNull()
  await new Promise((done) => setTimeout(done, 1500))
  expect(asked).toBe(3)
}, 10_000)

it('cancels after a confirmation', async () => {
  const now = new Date().toISOString()
  const { sent } = show({
    'GET /v1/evaluation-runs/evl_1': anEvaluation({ createdAt: now, startedAt: now }),
    'POST /v1/evaluation-runs/evl_1/cancel': anEvaluation({ status: 'cancelled' }),
  })
  await userEvent.click(await screen.findByRole('button', { name: 'Cancel evaluation' }))
  expect(sent.some(({ method }) => method === 'POST')).toBe(false)
  await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Cancel evaluation' }))
  await waitFor(() => expect(sent.some(({ path }) => path.endsWith('/cancel'))).toBe(true))
})

it('offers to resume what stopped', async () => {
  const { sent } = show({
    'GET /v1/evaluation-runs/evl_1': anEvaluation({ status: 'failed', error: { code: 'STOPPED' } }),
    'POST /v1/evaluation-runs/evl_1/resume': anEvaluation(),
  })
  await userEvent.click(await screen.findByRole('button', { name: 'Resume evaluation' }))
  await waitFor(() => expect(sent.some(({ path }) => path.endsWith('/resume'))).toBe(true))
})

it('compares two evaluations: the test in words, and the answers that differ', async () => {
  const comparison = {
    evaluationId: 'evl_1',
    baselineId: 'evl_0',
    baselineVersionId: 'ver_0',
    compared: 2,
    worse: ['json'],
    better: [],
    pValue: 1,
    significant: false,
  }
  const before = [RESULTS[0], aResult('json', { output: '{}' })]
  fakeApi(OPERATOR, {
    ...BASE,
    'GET /v1/evaluation-runs/evl_1': ENDED,
    'GET /v1/evaluation-runs/evl_0': { ...ENDED, evaluationId: 'evl_0', versionId: 'ver_0', passRate: 1 },
    'GET /v1/evaluation-runs/evl_0/cases': { items: before },
    'GET /v1/evaluation-runs/evl_1/comparison': comparison,
  })
  renderAt('/evaluations/evl_1/compare', '/evaluations/:id/compare', <ComparePage />)
  await screen.findByText(/0 got better and 1 got worse/)
  const answers = await screen.findByLabelText('Answers to json, before and now')
  expect(answers.textContent).toBe('- {}+ no')
  expect(sayComparison({ ...comparison, pValue: 0.0001, significant: true })).toContain('p < 0.001')
  expect(sayComparison({ ...comparison, worse: [] })).toBe('Of 2 cases none came out otherwise.')
})

it('starts an evaluation of what the address names', async () => {
  const sent = fakeApi(OPERATOR, {
    'GET /v1/templates': { items: [{ name: 'echo-agent' }] },
    'GET /v1/templates/echo-agent/lineage': aLineage({ items: [aNode('ver_b')] }),
    'GET /v1/versions/ver_b': aVersion(),
    'GET /v1/evaluation-suites': { items: [SUITE, { ...SUITE, name: 'other', agents: ['chat'] }] },
    'POST /v1/evaluation-runs': anEvaluation({ evaluationId: 'evl_9' }),
  })
  const router = renderAt('/evaluations/new?version=ver_b', '/evaluations/new', <NewEvaluationPage />)
  await userEvent.click(await screen.findByRole('button', { name: 'Start evaluation' }))
  screen.getByText('Choose a suite.')
  const suites = within(screen.getByLabelText('Suite')).getAllByRole('option')
  expect(suites.map(({ textContent }) => textContent)).toEqual(['Choose…', 'echo-basics (2 cases)'])
  await userEvent.selectOptions(screen.getByLabelText('Suite'), 'echo-basics')
  await userEvent.click(screen.getByRole('button', { name: 'Start evaluation' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/evaluations/evl_9'))
  const post = sent.find(({ method }) => method === 'POST')
  expect(post?.body).toEqual({ versionId: 'ver_b', suite: 'echo-basics' })
  expect(post?.headers['idempotency-key']).toMatch(/^[\w-]{36}$/)
})

it('has the API filter the list, and goes on while a page of it is empty', async () => {
  const found = anEvaluation({ evaluationId: 'evl_7', status: 'cancelled' })
  const sent = fakeApi(OPERATOR, {
    'GET /v1/templates': { items: [{ name: 'echo-agent' }, { name: 'other' }] },
    'GET /v1/evaluation-suites': { items: [SUITE] },
    'GET /v1/evaluation-runs': ({ path }: { path: string }) =>
      path.includes('cursor=c') ? { items: [found] } : { items: [], nextCursor: 'c' },
  })
  renderAt('/evaluations?agent=echo-agent&outcome=cancelled', '/evaluations', <EvaluationsPage />)
  await screen.findByRole('link', { name: /evl_7/ })
  const asked = sent.filter(({ path }) => path.startsWith('/v1/evaluation-runs')).map(({ path }) => path)
  expect(asked[0]).toContain('agent=echo-agent&status=cancelled')
  await userEvent.selectOptions(screen.getByLabelText('Suite'), 'echo-basics')
  await screen.findByRole('link', { name: /evl_7/ })
  expect(sent.some(({ path }) => path.includes('suite=echo-basics'))).toBe(true)
})
