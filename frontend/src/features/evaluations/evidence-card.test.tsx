import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'

import { fakeApi, refusal, renderAt } from '@/app/testing'
import { EvidenceCard } from '@/features/evaluations/evidence-card'
import { anEvaluation } from '@/features/evaluations/testing'

const OPERATOR = { subject: 'ops', roles: ['Platform.Operator'] }
const DIGEST = 'e'.repeat(64)
const PROVEN = anEvaluation({ status: 'succeeded', verdict: 'passed', evidenceDigest: DIGEST })
const LINK = {
  evaluationId: 'evl_1',
  digest: DIGEST,
  bytes: 10,
  url: 'https://bucket.test/bundle.zip?signed',
  expiresAt: '2026-01-01T00:05:00Z',
}

afterEach(() => vi.unstubAllGlobals())

/** What links were followed by: jsdom follows none. */
function followed(): string[] {
  const found: string[] = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    found.push(this.download || this.href)
  })
  return found
}

it('downloads the bundle by a URL that is asked for then, and tells what to type', async () => {
  const sent = fakeApi(OPERATOR, { 'GET /v1/evaluation-runs/evl_1/evidence': LINK })
  const went = followed()
  renderAt('/x', '/x', <EvidenceCard of={[PROVEN]} />)
  screen.getByText(
    `ambit evidence verify ${DIGEST}.zip --key evidence.pem --content-hash ${PROVEN.contentHash}`,
  )
  expect(sent).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: /Download the bundle/ }))
  await waitFor(() => expect(went).toEqual([LINK.url]))
})

it('saves the public keys as one file', async () => {
  const keys = {
    items: [
      { keyId: 'k', pem: 'PEM1\n' },
      { keyId: 'l', pem: 'PEM2\n' },
    ],
  }
  fakeApi(OPERATOR, { 'GET /v1/evidence-keys': keys })
  const went = followed()
  const blobs: Blob[] = []
  URL.createObjectURL = (blob: Blob) => `blob:${String(blobs.push(blob))}`
  URL.revokeObjectURL = () => undefined
  renderAt('/x', '/x', <EvidenceCard of={[PROVEN]} />)
  await userEvent.click(screen.getByRole('button', { name: 'Download the public key' }))
  await waitFor(() => expect(went).toEqual(['evidence.pem']))
  expect(await blobs[0]?.text()).toBe('PEM1\nPEM2\n')
})

it('says why a bundle cannot be had', async () => {
  fakeApi(OPERATOR, {
    'GET /v1/evaluation-runs/evl_1/evidence': refusal(404, 'NOT_FOUND', { title: 'It is not there' }),
  })
  renderAt('/x', '/x', <EvidenceCard of={[PROVEN]} />)
  await userEvent.click(screen.getByRole('button', { name: /Download the bundle/ }))
  await screen.findByText('It is not there')
})

it('says so where an evaluation left none', () => {
  renderAt('/x', '/x', <EvidenceCard of={[anEvaluation()]} />)
  screen.getByText(/^None yet/)
  expect(screen.queryByRole('button')).toBeNull()
})
