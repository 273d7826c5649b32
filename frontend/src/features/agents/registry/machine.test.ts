import { describe, expect, it } from 'vitest'

import { BOX, HEIGHT, hasWayBack, lineOf, PLACES, STATES, WIDTH } from '@/features/agents/registry/machine'
import { MOVES } from '@/features/agents/registry/testing'

describe('the drawing of a version’s life', () => {
  it('has room for every state, and no two overlap', () => {
    for (const one of STATES) {
      const { x, y } = PLACES[one]
      expect(x - BOX.width / 2).toBeGreaterThanOrEqual(0)
      expect(x + BOX.width / 2).toBeLessThanOrEqual(WIDTH)
      expect(y - BOX.height / 2).toBeGreaterThanOrEqual(0)
      expect(y + BOX.height / 2).toBeLessThanOrEqual(HEIGHT)
      for (const other of STATES.filter((state) => state !== one)) {
        const apart = [Math.abs(PLACES[other].x - x) / BOX.width, Math.abs(PLACES[other].y - y) / BOX.height]
        expect(Math.max(...apart)).toBeGreaterThanOrEqual(1)
      }
    }
  })

  it('draws a line from edge to edge', () => {
    expect(lineOf({ from: 'draft', to: 'candidate' }, false)).toBe('M128.0 146.0L176.0 146.0')
    expect(lineOf({ from: 'deprecated', to: 'retired' }, false)).toBe('M582.0 168.0L582.0 242.0')
  })

  it('keeps a move and the one back apart', () => {
    const [there, back] = [
      lineOf({ from: 'approved', to: 'deprecated' }, true),
      lineOf({ from: 'deprecated', to: 'approved' }, true),
    ]
    expect(there).toBe('M472.0 153.0L520.0 153.0')
    expect(back).toBe('M520.0 139.0L472.0 139.0')
    expect(MOVES.filter((move) => hasWayBack(MOVES, move)).map(({ from, to }) => `${from}-${to}`)).toEqual([
      'candidate-quarantined',
      'approved-deprecated',
      'deprecated-approved',
      'quarantined-candidate',
    ])
  })
})
