// How numbers, times and sizes read.

const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const TIME = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
})
const NUMBER = new Intl.NumberFormat()
const UNITS = ['B', 'KB', 'MB', 'GB'] as const

export const formatDateTime = (iso: string): string => DATE_TIME.format(new Date(iso))
export const formatClock = (iso: string): string => TIME.format(new Date(iso))
export const formatNumber = (value: number): string => NUMBER.format(value)

/** Milliseconds as a person says them: `340 ms`, `2.4 s`, `3 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Bytes in decimal units, three digits at most. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit] ?? 'GB'}`
}

/** A decimal string as money, exactly: no float touches it. */
export function formatMoney({ amount, currency }: { amount: string; currency: string }): string {
  const trimmed = amount.includes('.') ? amount.replace(/0+$/, '').replace(/\.$/, '') : amount
  const [whole = '0', fraction = ''] = trimmed.split('.')
  return `${currency === 'USD' ? '$' : `${currency} `}${whole}.${fraction.padEnd(2, '0')}`
}

const CENTS = 2

/** Dollars for reading, cut to three digits that matter: `$0.0000432`, `$1.25`, `$0`. Exact amounts: `formatMoney`. */
export function formatDollars(value: number): string {
  if (value === 0) return '$0'
  const places = Math.max(CENTS, Math.min(12, 2 - Math.floor(Math.log10(Math.abs(value)))))
  const [whole = '0', fraction = ''] = value.toFixed(places).split('.')
  return `$${whole}.${fraction.replace(/0+$/, '').padEnd(CENTS, '0')}`
}

/** Seconds since something, for an axis: `0 s`, `2.5 s`, `3 min 5 s`. */
export const formatSeconds = (seconds: number): string => {
  if (seconds >= 60) return formatDuration(seconds * 1000)
  const digits = seconds < 1 ? 2 : seconds < 10 ? 1 : 0
  return `${Number(seconds.toFixed(digits))} s`
}

export const sentenceCase = (word: string): string => {
  const words = word.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
