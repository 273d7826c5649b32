import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it, vi } from 'vitest'

import { ApiProblem } from '@/api/problem'
import { FormBox } from '@/components/ui/form-box'
import { TextField } from '@/components/ui/text-field'
import { type Form, useForm } from '@/lib/use-form'

interface Draft {
  first: string
  second: string
}

const needed = ({ first, second }: Draft) => ({
  ...(!first && { first: 'First is missing.' }),
  ...(!second && { second: 'Second is missing.' }),
})

function Shown({ onSend }: { onSend: (draft: Draft, form: Form<Draft>) => void }) {
  const made = useForm({ first: '', second: '' }, needed)
  return (
    <FormBox form={made} onSend={(draft) => onSend(draft, made)}>
      <output>{made.attempt}</output>
      <TextField form={made} name="first" label="First" />
      <TextField form={made} name="second" label="Second" />
      <button type="submit">Send</button>
    </FormBox>
  )
}

const attempt = () => screen.getByRole('status').textContent
const send = () => userEvent.click(screen.getByRole('button', { name: 'Send' }))

describe('a form', () => {
  it('is not sent while something is wrong, and leads to the first thing that is', async () => {
    const onSend = vi.fn()
    render(<Shown onSend={onSend} />)
    await userEvent.type(screen.getByLabelText('First'), 'a')
    await send()
    expect(onSend).not.toHaveBeenCalled()
    expect(document.activeElement).toBe(screen.getByLabelText('Second'))
    expect(screen.getByText('Second is missing.')).toBeTruthy()
    expect(screen.queryByText('First is missing.')).toBeNull()
  })

  it('is sent once it holds', async () => {
    const onSend = vi.fn()
    render(<Shown onSend={onSend} />)
    await userEvent.type(screen.getByLabelText('First'), 'a')
    await userEvent.type(screen.getByLabelText('Second'), 'b')
    await send()
    expect(onSend).toHaveBeenCalledTimes(1)
    expect(onSend.mock.calls[0]?.[0]).toEqual({ first: 'a', second: 'b' })
  })

  it('keeps the name of an attempt until the draft changes', async () => {
    render(<Shown onSend={vi.fn()} />)
    const before = attempt()
    await send()
    expect(attempt()).toBe(before)
    await userEvent.type(screen.getByLabelText('First'), 'a')
    expect(attempt()).not.toBe(before)
  })

  it('shows what the API refused at the field it is about', async () => {
    const errors = [
      { pointer: '/second/0', message: 'is taken' },
      { pointer: '/other', message: 'elsewhere' },
    ]
    render(
      <Shown onSend={(_, form) => form.refused(new ApiProblem({ title: 'Invalid', status: 422, errors }))} />,
    )
    await userEvent.type(screen.getByLabelText('First'), 'a')
    await userEvent.type(screen.getByLabelText('Second'), 'b')
    await send()
    expect(screen.getByText('Is taken.')).toBeTruthy()
    expect(document.activeElement).toBe(screen.getByLabelText('Second'))
    expect(screen.getByLabelText('First').getAttribute('aria-invalid')).toBeNull()
  })
})
