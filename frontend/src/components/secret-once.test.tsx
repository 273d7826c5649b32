import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it, vi } from 'vitest'

import { SecretOnce } from '@/components/secret-once'

const SECRET = 'amb_secret'

function show(writeText: (text: string) => Promise<void>) {
  const person = userEvent.setup() // puts a clipboard of its own in place
  vi.spyOn(navigator.clipboard, 'writeText').mockImplementation(writeText)
  const onDone = vi.fn()
  render(
    <SecretOnce title="New key" label="API key" secret={SECRET} onDone={onDone}>
      Store it.
    </SecretOnce>,
  )
  return { onDone, person, field: screen.getByLabelText<HTMLInputElement>('API key') }
}

describe('a secret that is shown once', () => {
  it('has the focus on its heading and says that it is shown once', () => {
    show(() => Promise.resolve())
    expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'New key' }))
    expect(screen.getByText('This is the only time it is shown.')).toBeTruthy()
  })

  it('is copied whole, and says so', async () => {
    const copied: string[] = []
    const { person } = show((text) => {
      copied.push(text)
      return Promise.resolve()
    })
    await person.click(screen.getByRole('button', { name: 'Copy' }))
    expect(copied).toEqual([SECRET])
    expect(screen.getByRole('status').textContent).toBe('Copied.')
  })

  it('is selected for copying by hand where the browser forbids it', async () => {
    const { person, field } = show(() => Promise.reject(new Error('denied')))
    await person.click(screen.getByRole('button', { name: 'Copy' }))
    expect(field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0)).toBe(SECRET)
    expect(screen.getByRole('status').textContent).toContain('Ctrl+C')
  })

  it('goes away only when the person says that it is stored', async () => {
    const { onDone, person } = show(() => Promise.resolve())
    await person.keyboard('{Escape}')
    expect(onDone).not.toHaveBeenCalled()
    await person.click(screen.getByRole('button', { name: 'I have stored it' }))
    expect(onDone).toHaveBeenCalledTimes(1)
  })
})
