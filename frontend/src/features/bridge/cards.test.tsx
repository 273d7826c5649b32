import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { describe, expect, it } from 'vitest'

import { ActsCard } from '@/features/bridge/acts-card'
import { GovernorCard } from '@/features/bridge/governor-card'
import { MoneyCard } from '@/features/bridge/money-card'
import { aRun, anEvent } from '@/features/bridge/testing'

const STUCK = [1, 2, 3, 4, 5].map((step) =>
  anEvent(step + 1, 'tool', 'result', {
    callId: 'c',
    status: 'succeeded',
    governor: { step, observed: { repetition: step } },
    money: { spentPico: step * 1e9, heldPico: 1e9 },
  }),
)

describe('the governor’s card', () => {
  it('marks where the run was halted and says so in words', () => {
    const halt = { kind: 'STAGNATION', rule: 'repetition', step: 5, threshold: 5, observed: 5 }
    render(<GovernorCard run={aRun({ status: 'halted', halt })} events={STUCK} />)
    const picture = screen.getByRole('img', { name: /halted at step 5: STAGNATION by repetition/ })
    expect(within(picture).getByText('Halted: STAGNATION')).toBeDefined()
    expect(within(picture).getByText('Threshold: halts the run')).toBeDefined()
  })

  it('has each step in its table, with the numbers of the nearest rule', () => {
    render(<GovernorCard run={aRun()} events={STUCK} />)
    const rows = screen.getAllByRole('row', { hidden: true }).map((row) => row.textContent)
    expect(rows).toHaveLength(6)
    expect(rows[5]).toContain('5 of 5 (repetition)')
  })

  it('says that there is no step before the first call', () => {
    render(<GovernorCard run={aRun({ governor: null })} events={[]} />)
    expect(screen.getByText('No step yet')).toBeDefined()
    expect(screen.queryByRole('img')).toBeNull()
  })
})

describe('the budget’s card', () => {
  const far = {
    limit: { amount: '5.000000', currency: 'USD' },
    reserved: { amount: '0.010000', currency: 'USD' },
    held: { amount: '0.001000', currency: 'USD' },
  }

  it('draws a limit that is near, and tells one that is far in words', () => {
    render(<MoneyCard run={aRun({ budget: far })} events={STUCK} />)
    const picture = screen.getByRole('img', { name: /Limit \$5\.00/ })
    expect(within(picture).getByText('Set aside for the run $0.01')).toBeDefined()
    expect(within(picture).queryByText('Limit $5.00')).toBeNull()
    expect(screen.getByText('0.10 %')).toBeDefined()
  })

  it('says that there is nothing to draw before the first call', () => {
    render(<MoneyCard run={aRun({ budget: far })} events={[]} />)
    expect(screen.getByText('No call yet')).toBeDefined()
  })
})

describe('the acts’ card', () => {
  const shown = (...events: ReturnType<typeof anEvent>[]) =>
    render(
      <MemoryRouter>
        <ActsCard events={events} />
      </MemoryRouter>,
    )

  it('shows a refusal with its sentence, and the rule on demand', async () => {
    shown(
      anEvent(1, 'tool', 'policy', {
        tool: 'files.write',
        decision: 'DENY',
        ruleId: 'deny-not-granted',
        explanation: 'Nothing grants files.write.',
        arguments: { name: 'report.txt' },
        basis: { cost: 2e7, calls: 3, tainted: true },
      }),
    )
    const act = within(screen.getByRole('listitem'))
    expect(act.getByText('Denied')).toBeDefined()
    expect(act.getByText('Nothing grants files.write.')).toBeDefined()
    expect(act.getByText('report.txt')).toBeDefined()
    await userEvent.click(act.getByText('Why'))
    expect(act.getByText('deny-not-granted')).toBeDefined()
    expect(act.getByText(/3 calls of it before; the run was tainted/)).toBeDefined()
    expect(screen.getByText('1 denied')).toBeDefined()
  })

  it('leads to the approval of a call that is held', () => {
    shown(anEvent(1, 'tool', 'approval', { tool: 'clock', approvalId: 'apr_1' }))
    expect(screen.getByRole('link', { name: 'See the approval' }).getAttribute('href')).toBe(
      '/approvals/apr_1',
    )
  })

  it('shows what guardrails found, and what the call took and cost', () => {
    shown(
      anEvent(1, 'tool', 'call', { callId: 'c', tool: 'clock' }),
      anEvent(2, 'tool', 'result', {
        callId: 'c',
        status: 'succeeded',
        durationMs: 1500,
        pricePico: 5e6,
        guardrails: { found: { 'api-key': 2 }, changed: 2 },
      }),
    )
    expect(screen.getByText('Api key × 2')).toBeDefined()
    expect(screen.getByText('1.5 s')).toBeDefined()
    expect(screen.getByText('$0.000005')).toBeDefined()
  })

  it('does not call a guardrail’s block a decision of policy’s', () => {
    shown(anEvent(1, 'tool', 'policy', { tool: 'clock', code: 'GUARDRAIL_BLOCKED' }))
    expect(screen.queryByText('Denied')).toBeNull()
    expect(screen.getByText('GUARDRAIL_BLOCKED')).toBeDefined()
  })

  it('says that an agent has not acted', () => {
    shown(anEvent(1, 'lifecycle', 'started'))
    expect(screen.getByText('The agent has not acted')).toBeDefined()
  })
})
