import { describe, expect, it } from 'vitest'

import { formatBytes, formatDuration, formatMoney, sentenceCase } from '@/lib/format'

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
