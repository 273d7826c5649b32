import { act, render, screen } from '@testing-library/react'
import { MemoryRouter } from 'react-router'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { ApiProblem, type ProblemDetails } from '@/api/problem'
import { ProblemAlert } from '@/components/problem-alert'

const show = (problem: Partial<ProblemDetails>, onRetry?: () => void) =>
  render(
    <MemoryRouter>
      <ProblemAlert
        error={new ApiProblem({ title: 'Failed', status: 400, errors: [], ...problem })}
        onRetry={onRetry}
      />
    </MemoryRouter>,
  )

afterEach(() => vi.useRealTimers())

describe('the alert', () => {
  it('says what, why, where, and the id to give to support', () => {
    show({
      detail: 'Because.',
      code: 'X',
      requestId: 'req-1',
      errors: [{ pointer: '/input', message: 'too long' }],
    })
    const text = screen.getByRole('alert').textContent
    for (const part of ['Failed', 'Because.', '/input', 'too long', 'X', 'req-1'])
      expect(text).toContain(part)
  })

  it('names a place as people know it, where that is known', () => {
    const errors = [
      { pointer: '/gates/evaluation', message: 'not passed' },
      { pointer: '/other', message: 'wrong' },
    ]
    const nameOf = (pointer: string) => (pointer === '/gates/evaluation' ? 'Evaluation' : undefined)
    render(
      <MemoryRouter>
        <ProblemAlert error={new ApiProblem({ title: 'Failed', status: 409, errors })} nameOf={nameOf} />
      </MemoryRouter>,
    )
    const said = screen.getAllByRole('listitem').map(({ textContent }) => textContent)
    expect(said).toEqual(['Evaluation: not passed', '/other: wrong'])
  })

  it('offers no second try where the caller has to change something', () => {
    show({ status: 404 }, () => undefined)
    expect(screen.queryByRole('button')).toBeNull()
  })

  it('leads to the run that failed', () => {
    show({ runId: 'run_9' })
    expect(screen.getByRole('link', { name: 'Open the run' }).getAttribute('href')).toBe('/runs/run_9')
  })

  it('lets nobody try again before the time the server named', () => {
    vi.useFakeTimers()
    const onRetry = vi.fn()
    show({ status: 429, retryAfterSeconds: 2 }, onRetry)
    const button = screen.getByRole<HTMLButtonElement>('button', { name: 'Try again in 2 s' })
    button.click()
    expect(onRetry).not.toHaveBeenCalled()
    for (let second = 0; second < 2; second += 1) {
      act(() => {
        vi.advanceTimersByTime(1000)
      })
    }
    screen.getByRole<HTMLButtonElement>('button', { name: 'Try again' }).click()
    expect(onRetry).toHaveBeenCalledTimes(1)
  })
})
