import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { expect, it, vi } from 'vitest'

import type { Agent } from '@/api/types'
import { InvokeForm } from '@/features/agents/invoke-form'

const agent: Agent = {
  name: 'echo-agent',
  description: 'Says it again.',
  mode: 'sync',
  domain: 'general',
  tierMinimum: 'basic',
  version: 'ver_1',
}

async function filled() {
  const onInvoke = vi.fn()
  const user = userEvent.setup()
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter>
        <InvokeForm agent={agent} busy={false} onInvoke={onInvoke} onStop={undefined} />
      </MemoryRouter>
    </QueryClientProvider>,
  )
  await user.type(screen.getByLabelText('Input'), 'hello')
  return { onInvoke, user, run: () => user.click(screen.getByRole('button', { name: 'Run agent' })) }
}

it('narrows nothing unless it is told to', async () => {
  const { onInvoke, run } = await filled()
  await run()
  expect(onInvoke).toHaveBeenCalledWith({ input: 'hello' }, 'wait')
})

it('sends the limits of the run', async () => {
  const { onInvoke, user, run } = await filled()
  await user.click(screen.getByText('Limits for this run'))
  await user.selectOptions(screen.getByLabelText('Tools'), 'Only some of them')
  await user.type(screen.getByLabelText('Names of the tools'), 'files.read, calculator')
  await user.selectOptions(screen.getByLabelText('Autonomy tier at most'), '1')
  expect(screen.getByText(/narrowed/)).toBeDefined()
  await run()
  const scope = { tools: ['files.read', 'calculator'], autonomyTier: 1 }
  expect(onInvoke).toHaveBeenCalledWith({ input: 'hello', scope }, 'wait')
})

it('says what is wrong at the field, opens its section, goes there and sends nothing', async () => {
  const { onInvoke, user, run } = await filled()
  await user.click(screen.getByText('Limits for this run'))
  await user.selectOptions(screen.getByLabelText('Tools'), 'Only some of them')
  const names = screen.getByLabelText('Names of the tools')
  await user.type(names, 'files.*')
  await user.click(screen.getByText(/Limits for this run/))
  await run()
  expect(onInvoke).not.toHaveBeenCalled()
  expect(names.getAttribute('aria-invalid')).toBe('true')
  const described = names.getAttribute('aria-describedby')?.split(' ') ?? []
  expect(described.map((id) => document.getElementById(id)?.textContent).join()).toContain('files.*')
  expect(names.closest('details')?.open).toBe(true)
  expect(document.activeElement).toBe(names)
  await user.selectOptions(screen.getByLabelText('Tools'), 'None')
  await run()
  expect(onInvoke).toHaveBeenCalledWith({ input: 'hello', scope: { tools: [] } }, 'wait')
})
