import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'

import { type Answers, fakeApi, refusal, renderAt, type Sent, tagged } from '@/app/testing'
import { EditWebhookPage } from '@/features/webhooks/edit-webhook-page'
import { NewWebhookPage } from '@/features/webhooks/new-webhook-page'
import { sayRedelivered } from '@/features/webhooks/redeliver-dialog'
import { aDelivery, aWebhook } from '@/features/webhooks/testing'
import { WebhookPage } from '@/features/webhooks/webhook-page'
import { WebhooksPage } from '@/features/webhooks/webhooks-page'

const ADMIN = { subject: 'u-1', tenantId: 'acme', roles: ['Tenant.Admin'] }
const VIEWER = { subject: 'u-9', tenantId: 'acme', roles: ['Tenant.Viewer'] }
const SECRET = 'whsec_c2VjcmV0'
const ONE = 'GET /v1/webhooks/whk_1'
const LOG = 'GET /v1/webhooks/whk_1/deliveries'

function show(answers: Answers, profile = ADMIN) {
  const sent = fakeApi(profile, { [ONE]: tagged(aWebhook(), '"3"'), [LOG]: { items: [] }, ...answers })
  const router = renderAt('/webhooks/whk_1', '/webhooks/:id', <WebhookPage />)
  return { sent, router }
}

afterEach(() => vi.unstubAllGlobals())

it('lists endpoints with how they stand', async () => {
  fakeApi(ADMIN, {
    'GET /v1/webhooks': {
      items: [
        aWebhook({ circuit: 'open', failingSince: '2026-01-02T00:00:00Z' }),
        aWebhook({ webhookId: 'whk_2', url: 'https://b.example/', status: 'disabled', events: ['*'] }),
      ],
    },
  })
  renderAt('/webhooks', '/webhooks', <WebhooksPage />)
  const row = (await screen.findByRole('rowheader', { name: /example.com/ })).closest('tr') as HTMLElement
  within(row).getByText('Spared')
  within(row).getByText('job.*')
  screen.getByText('Disabled')
  screen.getByText('Everything')
})

it.each([
  [ADMIN, true],
  [VIEWER, false],
])('says of an empty list what to do, and lets administrators alone register', async (profile, may) => {
  fakeApi(profile, { 'GET /v1/webhooks': { items: [] } })
  renderAt('/webhooks', '/webhooks', <WebhooksPage />)
  await screen.findByText('No endpoint is registered')
  expect(screen.queryAllByRole('link', { name: 'Register a webhook' }).length > 0).toBe(may)
})

it('registers an endpoint for what was chosen and shows its secret once', async () => {
  const made = aWebhook({ status: 'pending', challengeFailure: 'It answered 401.' })
  const sent = fakeApi(ADMIN, { 'POST /v1/webhooks': { ...made, secret: SECRET } })
  const router = renderAt('/webhooks/new', '/webhooks/new', <NewWebhookPage />)
  await userEvent.type(await screen.findByLabelText('URL'), 'https://example.com/hooks/ambit')
  await userEvent.click(screen.getByRole('checkbox', { name: /Jobs: all/ }))
  expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /job\.failed/ }).checked).toBe(true)
  await userEvent.click(screen.getByRole('checkbox', { name: /run\.halted/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Register endpoint' }))
  expect((await screen.findByLabelText<HTMLInputElement>('Signing secret')).value).toBe(SECRET)
  screen.getByText('It answered 401.')
  const [post] = sent
  expect(post?.body).toEqual({
    url: 'https://example.com/hooks/ambit',
    events: ['job.*', 'run.halted'],
    description: '',
  })
  expect(post?.headers['idempotency-key']).toMatch(/^[\w-]{36}$/)
  await userEvent.click(screen.getByRole('button', { name: 'I have stored it' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/webhooks/whk_1'))
  expect(document.body.textContent).not.toContain(SECRET)
})

it('puts what the API has against a URL at its field, and keeps what was typed', async () => {
  fakeApi(ADMIN, {
    'POST /v1/webhooks': refusal(422, 'UNPROCESSABLE', {
      errors: [{ pointer: '/url', message: 'its host has no public address' }],
    }),
  })
  renderAt('/webhooks/new', '/webhooks/new', <NewWebhookPage />)
  await userEvent.type(await screen.findByLabelText('URL'), 'http://127.0.0.1/')
  await userEvent.click(screen.getByRole('checkbox', { name: /Everything/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Register endpoint' }))
  await screen.findByText('Its host has no public address.')
  const url = screen.getByLabelText<HTMLInputElement>('URL')
  expect(document.activeElement).toBe(url)
  expect(url.value).toBe('http://127.0.0.1/')
})

it('says that a repeated request brings no secret, and how to come by another', async () => {
  fakeApi(ADMIN, { 'POST /v1/webhooks': aWebhook() })
  renderAt('/webhooks/new', '/webhooks/new', <NewWebhookPage />)
  await userEvent.type(await screen.findByLabelText('URL'), 'https://example.com/')
  await userEvent.click(screen.getByRole('checkbox', { name: /Everything/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Register endpoint' }))
  await screen.findByText(/Rotate the secret for another one/)
})

it('shows of a delivery what was sent, what was answered and how long that took', async () => {
  show({ [LOG]: { items: [aDelivery()] } })
  const row = await screen.findByRole('button', { name: /job\.failed/ })
  expect(row.getAttribute('aria-expanded')).toBe('false')
  await userEvent.click(row)
  expect(row.getAttribute('aria-expanded')).toBe('true')
  const attempts = screen.getByRole('region', { name: 'Attempts' })
  within(attempts).getByText('HTTP 503')
  within(attempts).getByText('140 ms')
  within(attempts).getByText('try later')
  within(screen.getByRole('region', { name: 'Request' })).getByText(/"jobId": "job_1"/)
})

it('sends one again', async () => {
  const { sent } = show({
    [LOG]: { items: [aDelivery()] },
    'POST /v1/webhooks/whk_1/deliveries/dlv_1/redeliver': { deliveryId: 'dlv_1', eventId: 'evt_1', round: 2 },
  })
  await userEvent.click(await screen.findByRole('button', { name: /job\.failed/ }))
  await userEvent.click(await screen.findByRole('button', { name: /Send again job\.failed/ }))
  await screen.findByText('Sent again.')
  expect(sent.some(({ path }) => path.endsWith('/deliveries/dlv_1/redeliver'))).toBe(true)
})

it('sends everything again that failed since it began to fail', async () => {
  const { sent } = show({
    [ONE]: tagged(aWebhook({ failingSince: '2026-01-02T03:04:30Z' }), '"3"'),
    'POST /v1/webhooks/whk_1/redeliver': { items: [{ deliveryId: 'dlv_1' }], more: true },
  })
  await userEvent.click(await screen.findByRole('button', { name: 'Send again what failed' }))
  await userEvent.click(screen.getByRole('button', { name: 'Send again' }))
  await screen.findByText(/One delivery was begun again. There are more/)
  expect(sent.find(({ path }) => path.endsWith('/redeliver'))?.body).toEqual({
    since: '2026-01-02T03:04:00.000Z',
    limit: 500,
  })
})

it('tells how much was begun again', () =>
  expect([sayRedelivered(0, false), sayRedelivered(2, false)]).toEqual([
    'Nothing has failed since then.',
    '2 deliveries were begun again.',
  ]))

it('has the API filter the log', async () => {
  const { sent } = show({})
  await userEvent.selectOptions(await screen.findByLabelText('Status'), 'failed')
  await screen.findByText('No delivery is like that')
  expect(sent.some(({ path }) => path.includes('status=failed'))).toBe(true)
})

it('sends a test message', async () => {
  const { sent } = show({
    'POST /v1/webhooks/whk_1/test': { deliveryId: 'dlv_9', eventId: 'evt_9', round: 1 },
  })
  await userEvent.click(await screen.findByRole('button', { name: 'Send a test' }))
  await screen.findByText(/A test message is on its way/)
  expect(sent.some(({ path }) => path.endsWith('/test'))).toBe(true)
})

it('says why an endpoint was disabled and how it comes back, and challenges it', async () => {
  const disabled = aWebhook({
    status: 'disabled',
    disabledReason: 'failing',
    disabledAt: '2026-01-07T00:00:00Z',
  })
  const { sent } = show({
    [ONE]: tagged(disabled, '"3"'),
    'PATCH /v1/webhooks/whk_1': ({ headers }: Sent) =>
      headers['if-match'] === '"3"' ? aWebhook({ status: 'pending' }) : undefined,
  })
  await screen.findByText(/It failed for five days/)
  await screen.findByText(/To bring it back/)
  expect(screen.queryByRole('button', { name: 'Send again what failed' })).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Enable' }))
  await screen.findByText('It did not meet the challenge.')
  expect(sent.find(({ method }) => method === 'PATCH')?.body).toEqual({ status: 'active' })
})

it('disables and deletes after asking', async () => {
  const { sent, router } = show({
    'PATCH /v1/webhooks/whk_1': aWebhook({ status: 'disabled' }),
    'DELETE /v1/webhooks/whk_1': new Response(null, { status: 204 }),
  })
  await userEvent.click(await screen.findByRole('button', { name: 'Disable' }))
  expect(sent.some(({ method }) => method === 'PATCH')).toBe(false)
  await userEvent.click(screen.getByRole('button', { name: 'Disable endpoint' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  await userEvent.click(screen.getByRole('button', { name: 'Delete' }))
  await userEvent.click(screen.getByRole('button', { name: 'Delete endpoint' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/webhooks'))
  expect(sent.find(({ method }) => method === 'DELETE')?.headers['if-match']).toBe('"3"')
})

it('rotates the secret, explains the two signatures and shows the new one once', async () => {
  const { sent } = show({ 'POST /v1/webhooks/whk_1/rotate-secret': { ...aWebhook(), secret: SECRET } })
  await userEvent.click(await screen.findByRole('button', { name: 'Rotate secret' }))
  const dialog = screen.getByRole('dialog')
  within(dialog).getByText('two signatures')
  await userEvent.selectOptions(within(dialog).getByRole('combobox'), '3600')
  await userEvent.click(within(dialog).getByRole('button', { name: 'Rotate secret' }))
  expect((await screen.findByLabelText<HTMLInputElement>('Signing secret')).value).toBe(SECRET)
  expect(sent.find(({ method }) => method === 'POST')?.body).toEqual({ overlapSeconds: 3600 })
  await userEvent.click(screen.getByRole('button', { name: 'I have stored it' }))
  expect(document.body.innerHTML).not.toContain(SECRET)
})

it('offers a viewer nothing but to look', async () => {
  show({ [LOG]: { items: [aDelivery()] } }, VIEWER)
  await userEvent.click(await screen.findByRole('button', { name: /job\.failed/ }))
  const names = screen.getAllByRole('button').map(({ textContent }) => textContent)
  expect(names.filter((name) => !/job\.failed|Copy/.test(name))).toEqual([])
})

it('warns that another URL is challenged, and sends only what changed', async () => {
  const sent = fakeApi(ADMIN, {
    [ONE]: tagged(aWebhook(), '"3"'),
    'PATCH /v1/webhooks/whk_1': aWebhook({ status: 'pending' }),
  })
  const router = renderAt('/webhooks/whk_1/edit', '/webhooks/:id/edit', <EditWebhookPage />)
  await userEvent.type(await screen.findByLabelText('URL'), '/2')
  await screen.findByText(/has to meet a challenge again/)
  await userEvent.click(screen.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(router.state.location.pathname).toBe('/webhooks/whk_1'))
  expect(sent.find(({ method }) => method === 'PATCH')?.body).toEqual({
    url: 'https://example.com/hooks/ambit/2',
  })
})
