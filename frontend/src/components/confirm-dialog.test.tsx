import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it, vi } from 'vitest'

import { ApiProblem } from '@/api/problem'
import { ConfirmDialog } from '@/components/confirm-dialog'

function show(run: (reason: string) => Promise<unknown>, typed?: string, reason = false) {
  const onClose = vi.fn()
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ConfirmDialog
        title="Delete acme-2"
        action="Delete tenant"
        run={run}
        onClose={onClose}
        {...(typed && { typed })}
        reason={reason}
      >
        For good.
      </ConfirmDialog>
    </QueryClientProvider>,
  )
  return { onClose, act: screen.getByRole('button', { name: 'Delete tenant' }) }
}

describe('a confirmation', () => {
  it.each(['', 'acme', 'ACME-2', 'acme-2 ', ' acme-2', 'acme–2'])(
    'does nothing when %o is typed for acme-2',
    async (text) => {
      const run = vi.fn(() => Promise.resolve())
      const { onClose, act } = show(run, 'acme-2')
      const field = screen.getByLabelText('Type “acme-2” to confirm')
      if (text) await userEvent.type(field, text)
      await userEvent.click(act)
      expect(run).not.toHaveBeenCalled()
      expect(onClose).not.toHaveBeenCalled()
      expect(field.getAttribute('aria-invalid')).toBe('true')
      expect(document.activeElement).toBe(field)
    },
  )

  it('does it when the id is typed letter by letter, and closes', async () => {
    const run = vi.fn(() => Promise.resolve())
    const { onClose, act } = show(run, 'acme-2')
    await userEvent.type(screen.getByLabelText('Type “acme-2” to confirm'), 'acme-2')
    await userEvent.click(act)
    await waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('asks for no typing where none is wanted', async () => {
    const run = vi.fn(() => Promise.resolve())
    const { act } = show(run)
    await userEvent.click(act)
    expect(run).toHaveBeenCalledTimes(1)
  })

  it.each(['', '   ', 'x'.repeat(501)])('does nothing without a fitting reason: %o', async (text) => {
    const run = vi.fn(() => Promise.resolve())
    const { act } = show(run, undefined, true)
    const field = screen.getByLabelText('Reason')
    if (text) {
      await userEvent.click(field)
      await userEvent.paste(text)
    }
    await userEvent.click(act)
    expect(run).not.toHaveBeenCalled()
    expect(field.getAttribute('aria-invalid')).toBe('true')
  })

  it('takes a reason and a name together, and hands the reason on', async () => {
    const run = vi.fn(() => Promise.resolve())
    const { onClose, act } = show(run, 'acme-2', true)
    await userEvent.type(screen.getByLabelText('Reason'), ' runs away ')
    await userEvent.click(act)
    expect(run).not.toHaveBeenCalled()
    await userEvent.type(screen.getByLabelText('Type “acme-2” to confirm'), 'acme-2')
    await userEvent.click(act)
    await waitFor(() => expect(onClose).toHaveBeenCalledTimes(1))
    expect(run).toHaveBeenCalledWith('runs away', expect.anything())
  })

  it('stays open and says why when it fails', async () => {
    const refusal = new ApiProblem({ title: 'Conflict', status: 409, detail: 'Not now.', errors: [] })
    const { onClose, act } = show(() => Promise.reject(refusal))
    await userEvent.click(act)
    expect((await screen.findByRole('alert')).textContent).toContain('Not now.')
    expect(onClose).not.toHaveBeenCalled()
  })

  it('lets go without doing anything', async () => {
    const run = vi.fn(() => Promise.resolve())
    const { onClose } = show(run)
    await userEvent.click(screen.getByRole('button', { name: 'Keep as it is' }))
    expect(onClose).toHaveBeenCalledTimes(1)
    expect(run).not.toHaveBeenCalled()
  })
})
