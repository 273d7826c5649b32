import { render, screen, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'

import { Chart, Numbers, pathOf, roundTicks, type Series, ticksOf } from '@/components/chart'

const LINE: Series = {
  name: 'Settled',
  look: 'accent',
  points: [
    { x: 0, y: 0 },
    { x: 2, y: 1 },
  ],
}
const same = (value: number) => value

describe('a chart', () => {
  it('has a name and says in words what it shows', () => {
    render(
      <Chart
        title="Cost"
        description="It rises to one."
        series={[LINE]}
        limits={[{ at: 1, name: 'Limit $1' }]}
        marks={[{ x: 2, name: 'Halted: SAFETY' }]}
        x={{ label: 'Seconds', of: String }}
        y={{ label: 'Dollars', of: String, top: 1 }}
      >
        <Numbers name="Cost" heads={['Time', 'Settled']} rows={[[2, '$1']]} />
      </Chart>,
    )
    const picture = screen.getByRole('img', { name: /Cost/ })
    const names = (picture.getAttribute('aria-labelledby') ?? '').split(' ')
    expect(names.map((id) => document.getElementById(id)?.textContent)).toEqual(['Cost', 'It rises to one.'])
    expect(within(picture).getByText('Limit $1')).toBeDefined()
    expect(within(picture).getByText('Halted: SAFETY')).toBeDefined()
    expect(screen.getByText('Show as a table')).toBeDefined()
    expect(screen.getByRole('rowheader', { hidden: true }).textContent).toBe('2')
  })

  it('draws between what a point lies', () => {
    const { container } = render(
      <Chart
        title="Rate"
        description="d"
        series={[{ ...LINE, points: [{ x: 0, y: 0.5, between: [0.25, 1] }] }]}
        x={{ label: 'x', of: String }}
        y={{ label: 'y', of: String, top: 1, ticks: [0, 1] }}
      />,
    )
    const drawn = [...container.querySelectorAll('path')].map((path) => path.getAttribute('d'))
    expect(drawn).toContain('M72 169.5V18M67 169.5h10M67 18h10')
  })

  it.each([
    ['one point', [{ x: 3, y: 2 }]],
    ['nothing', []],
    ['nothing but noughts', [{ x: 0, y: 0 }]],
  ])('is drawn for %s without a number that is none', (_, points) => {
    const { container } = render(
      <Chart
        title="t"
        description="d"
        series={[{ ...LINE, points }]}
        x={{ label: 'x', of: String }}
        y={{ label: 'y', of: String, top: 1 }}
      />,
    )
    expect(container.innerHTML).not.toMatch(/NaN|Infinity/)
  })
})

describe('a line', () => {
  it('goes straight from point to point', () => {
    expect(pathOf(LINE, same, same)).toBe('M0.0 0.0L2.0 1.0')
  })

  it('goes in steps where a value holds until the next', () => {
    expect(pathOf({ ...LINE, steps: true }, same, same)).toBe('M0.0 0.0H2.0V1.0')
  })
})

describe('the numbers of an axis', () => {
  it.each([
    [1, [0, 0.25, 0.5, 0.75, 1]],
    [0.000108, [0, 0.00003, 0.00006, 0.00009, 0.00012]],
    [7, [0, 2, 4, 6, 8]],
    [0, [0, 0.25, 0.5, 0.75, 1]],
  ])('are round up to %d', (top, ticks) => expect(roundTicks(top)).toEqual(ticks))

  it('are spread evenly', () => expect(ticksOf(0, 8)).toEqual([0, 2, 4, 6, 8]))
  it('are whole and each once where parts make no sense', () =>
    expect(ticksOf(1, 3, true)).toEqual([1, 2, 3]))
})
