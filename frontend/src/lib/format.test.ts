import { describe, expect, it } from 'vitest'

import {
  formatBytes,
  formatDollars,
  formatDuration,
  formatMoney,
  formatSeconds,
  sentenceCase,
} from '@/lib/format'

describe('how values read', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [59_900, '59.9 s'],
    [65_000, '1 min 5 s'],
    [119_700, '2 min 0 s'],
  ])('%i milliseconds are %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 KB'],
    [31_053_850, '31.1 MB'],
    [123_456_789, '123 MB'],
    [5e12, '5000 GB'],
  ])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it.each([
    ['0.000150', '$0.00015'],
    ['250.000000', '$250.00'],
    ['0.1', '$0.10'],
    ['7', '$7.00'],
    ['0.000000000001', '$0.000000000001'],
    ['123456789012345678.01', '$123456789012345678.01'],
  ])('%s dollars are %s, exactly', (amount, text) =>
    expect(formatMoney({ amount, currency: 'USD' })).toBe(text),
  )

  it('names another currency', () => expect(formatMoney({ amount: '1.5', currency: 'EUR' })).toBe('EUR 1.50'))
  it('writes a state as words', () => expect(sentenceCase('timed_out')).toBe('Timed out'))
})

describe('dollars for reading', () => {
  it.each([
    [0, '$0'],
    [1.25, '$1.25'],
    [12, '$12.00'],
    [0.003, '$0.003'],
    [0.00004321, '$0.0000432'],
    [5, '$5.00'],
  ])('%d reads %s', (value, text) => expect(formatDollars(value)).toBe(text))
})

describe('seconds of an axis', () => {
  it.each([
    [0, '0 s'],
    [0.05, '0.05 s'],
    [2.54, '2.5 s'],
    [42.4, '42 s'],
    [185, '3 min 5 s'],
  ])('%d reads %s', (value, text) => expect(formatSeconds(value)).toBe(text))
})
