// Expressions of EventBridge Scheduler, taken apart for a form: `cron(…)`, `rate(…)` and `at(…)`.

export type Kind = 'rate' | 'cron' | 'at'
export const UNITS = ['minute', 'hour', 'day'] as const
export type Unit = (typeof UNITS)[number]

/** What a form begins with when somebody chooses a kind. */
export const FIRST: Record<Kind, string> = {
  rate: 'rate(1 hour)',
  cron: 'cron(0 9 ? * MON-FRI *)',
  at: 'at()',
}

const SHAPE = /^(cron|rate|at)\((.*)\)$/
const RATE = /^(\S*) (minute|hour|day)s?$/

/** Which kind an expression is, and what stands between its brackets. */
export function partsOf(expression: string): { kind: Kind; body: string } {
  const [, kind = 'cron', body = expression] = SHAPE.exec(expression) ?? []
  return { kind: kind as Kind, body }
}

export const expressionOf = (kind: Kind, body: string): string => `${kind}(${body})`

export function rateOf(body: string): { number: string; unit: Unit } {
  const [, number = '', unit = 'hour'] = RATE.exec(body) ?? []
  return { number, unit: unit as Unit }
}

/** `1 hour`, `15 minutes`: one has the singular, every other number the plural. */
export const rateBody = (number: string, unit: string): string =>
  `${number.trim()} ${unit}${number.trim() === '1' ? '' : 's'}`

/** Between what a browser's field of a date and a time says (to the minute) and the seconds that `at(…)` has. */
export const fieldOf = (moment: string): string => moment.slice(0, 16)
export const momentOf = (field: string): string => (field.length === 16 ? `${field}:00` : field)

/** Whether nothing was written yet. */
export const isBlank = (expression: string): boolean => {
  const { kind, body } = partsOf(expression)
  return kind === 'rate' ? !rateOf(body).number : !body.trim()
}

/** An expression as one says it. */
export function sayExpression(expression: string, timeZone: string): string {
  const { kind, body } = partsOf(expression)
  if (kind === 'rate') {
    const { number, unit } = rateOf(body)
    return number === '1' ? `Every ${unit}` : `Every ${number} ${unit}s`
  }
  return kind === 'at' ? `Once, ${body.replace('T', ' at ')} ${timeZone}` : `${body} ${timeZone}`
}
