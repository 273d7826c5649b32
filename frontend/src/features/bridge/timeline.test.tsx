import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, it } from 'vitest'

import { anEvent } from '@/features/bridge/testing'
import { entriesOf, Timeline } from '@/features/bridge/timeline'

const delta = (seq: number, text: string) => anEvent(seq, 'assistant', 'delta', { text })

describe('the timeline', () => {
  it('joins neighbouring pieces of text and nothing else', () => {
    const entries = entriesOf([delta(1, 'a'), delta(2, 'b'), anEvent(3, 'tool', 'call'), delta(4, 'c')])
    expect(entries.map(({ first, last, text }) => [first.seq, last.seq, text])).toEqual([
      [1, 2, 'ab'],
      [3, 3, undefined],
      [4, 4, 'c'],
    ])
  })

  it('shows stream, name and payload', () => {
    render(<Timeline events={[anEvent(5, 'tool', 'call', { tool: 'files.read' })]} />)
    const entry = within(screen.getByRole('listitem'))
    expect(entry.getByText('#5')).toBeDefined()
    expect(entry.getByText('Call')).toBeDefined()
    expect(entry.getByText(/files\.read/)).toBeDefined()
  })

  it('does not repeat the run in its last event', () => {
    render(<Timeline events={[anEvent(1, 'lifecycle', 'succeeded', { output: 'long', reason: 'kept' })]} />)
    expect(screen.queryByText(/long/)).toBeNull()
    expect(screen.getByText(/kept/)).toBeDefined()
  })

  it('shows what an event says in words first and folds its data away', () => {
    render(<Timeline events={[anEvent(1, 'assistant', 'finding', { text: '8 columns', rows: 1000 })]} />)
    expect(screen.getByText('8 columns')).toBeDefined()
    expect(screen.getByText(/1000/).closest('details')?.open).toBe(false)
  })

  it('folds away what the acts say already', () => {
    render(<Timeline events={[anEvent(1, 'tool', 'policy', { ruleId: 'deny-cost' })]} />)
    expect(screen.getByText(/deny-cost/).closest('details')?.open).toBe(false)
  })

  it('shows the latest entries of a long run first, and all on demand', async () => {
    const many = Array.from({ length: 250 }, (_, index) => anEvent(index + 1, 'tool', 'call'))
    render(<Timeline events={many} />)
    expect(screen.getAllByRole('listitem')).toHaveLength(200)
    await userEvent.click(screen.getByRole('button', { name: /50 earlier/ }))
    expect(screen.getAllByRole('listitem')).toHaveLength(250)
  })
})
