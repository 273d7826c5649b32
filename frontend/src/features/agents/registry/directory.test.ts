import { describe, expect, it } from 'vitest'

import type { Template } from '@/api/registry'
import { filtered, ownersOf, stateOf } from '@/features/agents/registry/directory'

const template = (name: string, fields: Partial<Template> = {}): Template => ({
  name,
  owner: 'platform',
  description: 'Says it again.',
  mode: 'sync',
  tierMinimum: 'basic',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...fields,
})
const ANY = { text: '', owner: '', mode: '', state: '', tier: '' }
const ALL = [
  template('echo', { approvedVersionId: 'ver_1' }),
  template('analyst', {
    mode: 'async',
    owner: 'data',
    description: 'Reads tables of Figures.',
    domain: 'finance',
  }),
  template('chat', { approvedVersionId: 'ver_2', secondVersionId: 'ver_3', tierMinimum: 'premium' }),
]

describe('the directory', () => {
  const names = (wanted: Partial<typeof ANY>) => filtered(ALL, { ...ANY, ...wanted }).map(({ name }) => name)

  it('shows all while nothing is asked for', () => expect(names({})).toEqual(['echo', 'analyst', 'chat']))

  it('finds every word, wherever it stands and however it is written', () => {
    expect(names({ text: 'FIGURES finance' })).toEqual(['analyst'])
    expect(names({ text: 'figures echo' })).toEqual([])
  })

  it('filters by each property', () => {
    expect(names({ owner: 'data' })).toEqual(['analyst'])
    expect(names({ mode: 'sync' })).toEqual(['echo', 'chat'])
    expect(names({ tier: 'premium' })).toEqual(['chat'])
    expect(names({ state: 'not_released' })).toEqual(['analyst'])
    expect(names({ state: 'in_use', owner: 'data' })).toEqual([])
  })

  it('tells whether tenants run an agent', () =>
    expect(ALL.map(stateOf)).toEqual(['in_use', 'not_released', 'canary']))

  it('names each owner once, in order', () => expect(ownersOf(ALL)).toEqual(['data', 'platform']))
})
